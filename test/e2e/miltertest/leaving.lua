-- An MTA that goes away without a word, at every point; and one that says more than it needs to.
dofile("dialogue.lua")
introduce()

local steps = {
	function(conn) greet(conn) end,
	function(conn) mt.mailfrom(conn, "<bob@sender.example>") end,
	function(conn) mt.rcptto(conn, "<alice@example.test>") end,
	function(conn) if wanted(conn, SMFIP_NODATA) then mt.data(conn) end end,
	function(conn) mt.header(conn, "Subject", "none") end,
	endOfHeader,
	function(conn) mt.bodyrandom(conn, 100000) end,
}
for last = 0, #steps do
	local conn = open(6)
	for step = 1, last do steps[step](conn) end
	mt.disconnect(conn, false)
end

-- 100 kB, and a second connection in the midst of the first.
local conn = open(6)
greet(conn)
envelope(conn)
ok("header", mt.header(conn, "From", "bob@sender.example"))
endOfHeader(conn)
ok("body", mt.bodyrandom(conn, 100000))
local other = open(6)
greet(other)
envelope(other)
content(other, EICAR .. "\r\n")
want("reply to the other", mt.getreply(other), SMFIR_REPLYCODE)
ok("end of message", mt.eom(conn))
want("reply", mt.getreply(conn), SMFIR_CONTINUE)
ok("quit", mt.disconnect(conn))
ok("quit", mt.disconnect(other))

-- The greylister refuses one recipient for now, and takes it when it comes again; the mail goes on with the others.
dofile("dialogue.lua")
local new = "@" .. os.time() .. ".example.test>"

local conn = open(6)
greet(conn)
envelope(conn, "<grey" .. new)
want("reply to a new recipient", mt.getreply(conn), SMFIR_REPLYCODE)
ok("abort", mt.abort(conn))
mt.sleep(1.2)

envelope(conn, "<grey" .. new)
want("reply to one that waited", mt.getreply(conn), SMFIR_CONTINUE)
ok("rcpt", mt.rcptto(conn, "<other" .. new))
want("reply to another new one", mt.getreply(conn), SMFIR_REPLYCODE)
content(conn, "Shall we meet at noon?\r\n")
want("reply to the mail", mt.getreply(conn), SMFIR_CONTINUE)
want("the greylister's mark", mt.eom_check(conn, MT_HDRADD, "X-Greylist"), true)
ok("quit", mt.disconnect(conn))

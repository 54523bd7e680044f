-- What the scripts have in common: a whole mail said to the manager, and a look at what came back.

MANAGER = "inet:11125@127.0.0.1"

function want(what, found, expected)
	if found ~= expected then
		error(what .. ": " .. tostring(found) .. " instead of " .. tostring(expected), 3)
	end
end

-- Each function of miltertest gives nil, or what went wrong.
function ok(what, problem)
	want(what, problem, nil)
end

function open(version)
	local conn = mt.connect(MANAGER, 20, 0.1)
	if conn == nil then error("no connection to " .. MANAGER, 2) end
	ok("negotiate", mt.negotiate(conn, version, nil, nil))
	return conn
end

-- What no child wants, the manager tells the MTA not to send; miltertest would stop at it.
function wanted(conn, never)
	return not mt.test_option(conn, never)
end

function greet(conn)
	ok("connect", mt.conninfo(conn, "mail.sender.example", "203.0.113.25"))
	want("reply to connect", mt.getreply(conn), SMFIR_CONTINUE)
	if wanted(conn, SMFIP_NOHELO) then
		ok("helo", mt.helo(conn, "mail.sender.example"))
		want("reply to helo", mt.getreply(conn), SMFIR_CONTINUE)
	end
end

function envelope(conn, recipient)
	mt.macro(conn, SMFIC_MAIL, "i", "4F0E61234")
	ok("mail", mt.mailfrom(conn, "<bob@sender.example>", "SIZE=1000", "BODY=8BITMIME"))
	want("reply to mail", mt.getreply(conn), SMFIR_CONTINUE)
	ok("rcpt", mt.rcptto(conn, recipient or "<alice@example.test>", "NOTIFY=NEVER"))
end

-- Lets the greylister get to know the recipient.
function introduce()
	local conn = open(6)
	greet(conn)
	envelope(conn)
	ok("abort", mt.abort(conn))
	ok("quit", mt.disconnect(conn))
	mt.sleep(1.2)
end

function endOfHeader(conn)
	if wanted(conn, SMFIP_NOEOH) then ok("end of header", mt.eoh(conn)) end
end

function content(conn, body)
	ok("header", mt.header(conn, "From", "bob@sender.example"))
	ok("header", mt.header(conn, "Date", "Tue, 17 Nov 2026 12:00:00 +0000"))
	ok("header", mt.header(conn, "Message-Id", "<1@sender.example>"))
	ok("header", mt.header(conn, "Subject", "lunch on\r\n\tTuesday"))
	endOfHeader(conn)
	ok("body", mt.bodystring(conn, body))
	ok("end of message", mt.eom(conn))
end

-- At run time, so that no scanner takes this file for a virus.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" .. "EICAR-STANDARD-" .. "ANTIVIRUS-TEST-FILE!" .. "$H+H*"

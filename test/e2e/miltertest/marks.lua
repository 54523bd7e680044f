-- A good mail is marked by both children; the next in the session is judged anew; an abort forgets what was said.
dofile("dialogue.lua")
introduce()

local conn = open(6)
want("headers are added", mt.test_action(conn, SMFIF_ADDHDRS), true)
greet(conn)

envelope(conn)
want("reply to rcpt", mt.getreply(conn), SMFIR_CONTINUE)
content(conn, "Shall we meet at noon?\r\n")
want("reply to a good mail", mt.getreply(conn), SMFIR_CONTINUE)
want("one child's mark", mt.eom_check(conn, MT_HDRADD, "X-Virus-Status", "Clean"), true)
want("the other's", mt.eom_check(conn, MT_HDRADD, "X-Spam-Status"), true)
want("what it says", string.find(mt.getheader(conn, "X-Spam-Status", 0), "^No, score=0.0") ~= nil, true)

envelope(conn)
content(conn, EICAR .. "\r\n")
want("reply to a virus", mt.getreply(conn), SMFIR_REPLYCODE)
want("its words", mt.eom_check(conn, MT_SMTPREPLY, "550", "5.7.1", "Virus found: Eicar-Test-Signature"), true)

-- Half of the virus, forgotten with the mail.
envelope(conn)
endOfHeader(conn)
ok("body", mt.bodystring(conn, string.sub(EICAR, 1, 40)))
ok("abort", mt.abort(conn))

envelope(conn)
content(conn, string.sub(EICAR, 41) .. "\r\n")
want("reply to the next", mt.getreply(conn), SMFIR_CONTINUE)

-- Cut anywhere, it is still found.
envelope(conn)
ok("header", mt.header(conn, "Subject", "pieces"))
endOfHeader(conn)
for at = 1, #EICAR do ok("body", mt.bodystring(conn, string.sub(EICAR, at, at))) end
ok("end of message", mt.eom(conn))
want("reply to a virus in pieces", mt.getreply(conn), SMFIR_REPLYCODE)
ok("quit", mt.disconnect(conn))

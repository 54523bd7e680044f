-- Every version of the protocol from 2 on; nothing that the version does not know is asked for.
dofile("dialogue.lua")
introduce()

for version = 2, 6 do
	local conn = open(version)
	if version < 6 then want("SKIP", mt.test_option(conn, SMFIP_SKIP), false) end
	greet(conn)
	if version >= 3 and wanted(conn, SMFIP_NOUNKNOWN) then
		ok("unknown", mt.unknown(conn, "XYZZY"))
		want("reply to unknown", mt.getreply(conn), SMFIR_CONTINUE)
	end
	envelope(conn)
	if version >= 4 and wanted(conn, SMFIP_NODATA) then
		ok("data", mt.data(conn))
		want("reply to data", mt.getreply(conn), SMFIR_CONTINUE)
	end
	content(conn, "Shall we meet at noon?\r\n")
	want("reply", mt.getreply(conn), SMFIR_CONTINUE)
	want("mark", mt.eom_check(conn, MT_HDRADD, "X-Virus-Status", "Clean"), true)
	ok("quit", mt.disconnect(conn))
end

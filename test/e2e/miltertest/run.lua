-- miltertest -D script=FILE -s run.lua: miltertest ends with 1 at an error, but does not print it by itself.
local good, problem = pcall(dofile, script)
if not good then
	mt.echo(problem)
	error(problem)
end

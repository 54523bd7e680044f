// Written for any Node: an old one must be able to parse this file in order to say that it is too old.
var needed = [20, 17];
var found = process.versions.node.split('.').map(Number);
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  console.error(
    'milter-setup needs Node.js ' + needed.join('.') + ' or newer; this is ' + process.version +
      ' (' + process.execPath + ').\nInstall a newer Node.js, then run the command again.'
  );
  process.exit(1);
}

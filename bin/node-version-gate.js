// Written for any Node: an old one must be able to parse this file in order to say that it is too old.
var needed = [20, 17];
var found = process.versions.node.split('.').map(Number);
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  console.error(
    'milter-setup needs Node.js ' +
      needed.join('.') +
      ' or newer; this is ' +
      process.version +
      ' (' +
      process.execPath +
      ').\nInstall a newer Node.js (' +
      (process.platform === 'freebsd'
        ? 'pkg install node22'
        : 'apt install nodejs, dnf module install nodejs:20, or a package of NodeSource') +
      '), then run the command again. Where none runs, see --root in the README.',
  );
  process.exit(1);
}

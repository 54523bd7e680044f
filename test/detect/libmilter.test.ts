/** Programs that are built on libmilter, seen in what they are made of. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownByLibrary } from '../../src/detect/libmilter.ts';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import { neededLibraries } from '../../src/detect/elf.ts';
import type { HostReader } from '../../src/host/host.ts';
import { openReader } from '../../src/host/reader.ts';
import { afterThisFile } from '../cleanup.ts';

/** A program that needs libraries: as little as the ABI asks for, written by its tables. */
function elf(names: readonly string[], { wide = true, little = true } = {}): Buffer {
  const strings = Buffer.from(`\0${names.map((name) => `${name}\0`).join('')}`, 'latin1');
  const [size, header, segment] = wide ? [8, 64, 56] : [4, 52, 32];
  const tags: [number, number][] = [];
  let at = 1;
  for (const name of names) {
    tags.push([1, at]);
    at += name.length + 1;
  }
  const dynamicAt = header + 2 * segment;
  const stringsAt = dynamicAt + (tags.length + 2) * 2 * size;
  tags.push([5, BASE + stringsAt], [0, 0]);
  const file = Buffer.alloc(stringsAt + strings.length);
  const put = (value: number, place: number, bytes: number): void => {
    if (bytes === 8) {
      if (little) file.writeBigUInt64LE(BigInt(value), place);
      else file.writeBigUInt64BE(BigInt(value), place);
    } else if (little) file.writeUIntLE(value, place, bytes);
    else file.writeUIntBE(value, place, bytes);
  };
  file.write('\x7fELF', 0, 'latin1');
  file[4] = wide ? 2 : 1;
  file[5] = little ? 1 : 2;
  put(header, wide ? 32 : 28, size);
  put(segment, wide ? 54 : 42, 2);
  put(2, wide ? 56 : 44, 2);
  const segments = [
    { type: 1, offset: 0, length: file.length },
    { type: 2, offset: dynamicAt, length: tags.length * 2 * size },
  ];
  for (const [index, { type, offset, length }] of segments.entries()) {
    const place = header + index * segment;
    put(type, place, 4);
    put(offset, place + (wide ? 8 : 4), size);
    put(BASE + offset, place + (wide ? 16 : 8), size);
    put(length, place + (wide ? 32 : 16), size);
  }
  for (const [index, [tag, value]] of tags.entries()) {
    put(tag, dynamicAt + index * 2 * size, size);
    put(value, dynamicAt + index * 2 * size + size, size);
  }
  strings.copy(file, stringsAt);
  return file;
}

/** Where the program lies in memory. */
const BASE = 0x10000;
const NEEDED = ['libc.so.6', 'libmilter.so.1.0.1'];

function hostWith(files: Readonly<Record<string, string | Buffer>>): HostReader {
  const root = mkdtempSync(join(tmpdir(), 'libmilter-'));
  afterThisFile(() => rmSync(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return openReader(root);
}

describe('the libraries that a program needs', () => {
  it.each([
    { wide: true, little: true },
    { wide: true, little: false },
    { wide: false, little: true },
    { wide: false, little: false },
  ])('are read from any kind of ELF file: %o', (kind) => {
    expect(neededLibraries(elf(NEEDED, kind))).toEqual(NEEDED);
  });

  it('are those that ldd finds, of this Node', { skip: !existsSync('/usr/bin/ldd') }, () => {
    const ldd = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
    const needed = neededLibraries(readFileSync(process.execPath));
    expect(needed).toContain('libc.so.6');
    for (const name of needed) expect(ldd).toContain(name);
  });

  it('are none of a file that is cut off anywhere, or has a bit turned', () => {
    const whole = elf(NEEDED);
    for (let length = 0; length < whole.length; length += 1) {
      const names = neededLibraries(whole.subarray(0, length));
      expect(names.length).toBeLessThan(NEEDED.length);
    }
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const turned = Buffer.from(whole);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      expect(Array.isArray(neededLibraries(turned))).toBe(true);
    }
  });
});

const unit = (command: string): string =>
  `[Service]\nExecStart=${command}\n[Install]\nWantedBy=multi-user.target\n`;
const takes = (host: HostReader, name: string): unknown => {
  const found = detectMilters(host, 'debian').milters.find((milter) => milter.name === name);
  return found && [found.takesPipelined, found.takesSessions];
};

describe('a milter takes content in one go, and one session after another', () => {
  it('where its unit starts a program that needs libmilter', () => {
    const files = {
      '/usr/lib/systemd/system/opendkim.service': unit('/usr/sbin/opendkim -f'),
      '/usr/sbin/opendkim': elf(NEEDED),
    };
    const how = '/usr/sbin/opendkim uses libmilter';
    expect(takes(hostWith(files), 'opendkim')).toEqual([how, how]);
    const other = { ...files, '/usr/sbin/opendkim': elf(['libmilter-core.so.2', 'libc.so.6']) };
    expect(takes(hostWith(other), 'opendkim')).toEqual([undefined, undefined]);
  });

  it('where its init script names one', () => {
    const host = hostWith({
      '/etc/init.d/amavisd-milter': 'DAEMON=/opt/amavis/amavisd-milter\n',
      '/opt/amavis/amavisd-milter': elf(NEEDED),
    });
    const how = '/opt/amavis/amavisd-milter uses libmilter';
    expect(takes(host, 'amavisd-milter')).toEqual([how, how]);
  });

  it('where it is a Python program whose module imports Milter', () => {
    const host = hostWith({
      '/usr/lib/systemd/system/pyspf-milter.service': unit('/usr/bin/pyspf-milter /etc/p.conf'),
      '/usr/bin/pyspf-milter':
        '#!/usr/bin/python3\nimport re\nfrom spf_engine.milter_spf import main\nmain()\n',
      '/usr/lib/python3/dist-packages/spf_engine/milter_spf.py': 'import sys\nimport Milter\n',
      '/usr/lib/systemd/system/dkimpy-milter.service': unit('/usr/bin/dkimpy-milter /etc/d.conf'),
      '/usr/bin/dkimpy-milter':
        "#!/usr/bin/python3\n# EASY-INSTALL-ENTRY-SCRIPT: 'dkimpy-milter==1.2.3','console_scripts','dkimpy-milter'\n",
      '/usr/lib/python3/dist-packages/dkimpy_milter-1.2.3.dist-info/entry_points.txt':
        '[console_scripts]\ndkimpy-milter = dkimpy_milter.__init__:main\n',
      '/usr/lib/python3/dist-packages/dkimpy_milter/__init__.py': 'import Milter\n',
    });
    expect(takes(host, 'pyspf-milter')).toEqual(
      Array(2).fill('/usr/bin/pyspf-milter uses libmilter'),
    );
    expect(takes(host, 'dkimpy-milter')).toEqual(
      Array(2).fill('/usr/bin/dkimpy-milter uses libmilter'),
    );
  });

  it('where the service of its name in the ini does', () => {
    const host = hostWith({
      '/etc/systemd/system/mine.service': unit('/usr/bin/python3 /opt/mine.py'),
      '/opt/mine.py': '#!/usr/bin/env python3\nfrom Milter import Base\n',
      '/usr/bin/python3': elf(['libc.so.6']),
    });
    expect(knownByLibrary(host, 'systemd', 'mine')).toBe('/opt/mine.py uses libmilter');
    expect(knownByLibrary(host, 'systemd', 'yours')).toBeUndefined();
  });
});

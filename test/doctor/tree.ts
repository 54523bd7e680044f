/** A mail host that is set up, as a tree; each test breaks a copy of it in its own way. */
import fs from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { afterThisFile } from '../cleanup.ts';
import { growTree } from '../commands/tree.ts';
import { copyOf, setUp } from '../golden/tree.ts';

export interface Found {
  readonly id: string;
  readonly grade: string;
  readonly title: string;
  readonly evidence: readonly string[];
  readonly fix: readonly string[];
}

export interface SickHost {
  readonly root: string;
  read(path: string): string;
  write(path: string, text: string): void;
  append(path: string, text: string): void;
  /** Changes a file by a pattern that must be in it. */
  edit(path: string, from: string | RegExp, to: string): void;
  remove(path: string): void;
  /** As root it belongs to these numbers from now on. */
  mode(path: string, mode: number, uid: number, gid: number): void;
  /** Somebody listens there; as root the socket belongs to these numbers. */
  listen(path: string, mode: number, uid: number, gid: number): Promise<void>;
  /** What one check says. */
  found(id: string): Promise<readonly Found[]>;
  /** Has doctor repair what one check found: taken back once, when the files are as they were, and made again. */
  repair(id: string): Promise<void>;
  /** The grade alone, of a check that says one thing. */
  grade(id: string): Promise<string>;
}

export const MAIN_CF = '/etc/postfix/main.cf';
export const MASTER_CF = '/etc/postfix/master.cf';
export const INI = '/etc/milter-manager/milter-manager.ini';
export const MANAGER_UID = 4001;

let healthy: string | undefined;

async function grown(): Promise<string> {
  const tree = growTree();
  const done = await setUp(tree.root, '--yes');
  if (done.code !== 0) throw new Error(done.text + done.errors);
  // The commands that a tree leaves to be run there.
  fs.appendFileSync(
    join(tree.root, 'etc/passwd'),
    `milter-manager:x:${MANAGER_UID}:${MANAGER_UID}::/:\n`,
  );
  fs.appendFileSync(join(tree.root, 'etc/group'), `milter-manager:x:${MANAGER_UID}:\n`);
  const group = join(tree.root, 'etc/group');
  const joined = fs
    .readFileSync(group, 'latin1')
    .replace(/^(greylist|clamav|postfix):.*$/gm, '$&milter-manager');
  fs.writeFileSync(group, joined);
  const wants = join(tree.root, 'etc/systemd/system/multi-user.target.wants');
  fs.mkdirSync(wants, { recursive: true });
  for (const name of ['milter-manager', 'postfix']) {
    fs.symlinkSync(`/etc/systemd/system/${name}.service`, join(wants, `${name}.service`));
  }
  const kept = copyOf(tree.root);
  tree.remove();
  afterThisFile(() => (healthy = undefined));
  return kept;
}

/** A copy of the healthy host, with files put into it. */
export async function host(files: Readonly<Record<string, string>> = {}): Promise<SickHost> {
  healthy ??= await grown();
  const root = copyOf(healthy);
  fs.chmodSync(root, 0o755);
  const at = (path: string) => join(root, path);
  const read = (path: string) => fs.readFileSync(at(path), 'latin1');
  const write = (path: string, text: string) => {
    fs.mkdirSync(dirname(at(path)), { recursive: true });
    fs.writeFileSync(at(path), text, 'latin1');
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const found = async (id: string) => {
    const { text } = await setUp(root, 'doctor', '--json');
    const all = (JSON.parse(text) as { readonly findings: readonly Found[] }).findings;
    return all.filter((each) => each.id === id);
  };
  return {
    root,
    read,
    write,
    append: (path, text) => write(path, read(path) + text),
    edit(path, from, to) {
      const before = read(path);
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${path} has no ${from}`);
      write(path, after);
    },
    mode(path, mode, uid, gid) {
      fs.chmodSync(at(path), mode);
      if (process.geteuid?.() === 0) fs.chownSync(at(path), uid, gid);
    },
    remove: (path) => fs.rmSync(at(path), { recursive: true }),
    async listen(path, mode, uid, gid) {
      fs.mkdirSync(dirname(at(path)), { recursive: true });
      // A path of a socket may have 107 bytes only.
      const server = net.createServer();
      const cwd = process.cwd();
      process.chdir(dirname(at(path)));
      await new Promise<void>((resolve) => server.listen(path.replace(/^.*\//, ''), resolve));
      process.chdir(cwd);
      afterThisFile(() => server.close());
      fs.chmodSync(at(path), mode);
      if (process.geteuid?.() === 0) fs.chownSync(at(path), uid, gid);
    },
    found,
    async repair(id) {
      const files = (): Readonly<Record<string, string>> =>
        Object.fromEntries([MAIN_CF, INI].map((path) => [path, read(path)]));
      const fix = async () => {
        const { code, text, errors } = await setUp(root, 'doctor', '--fix', id, '--yes');
        if (code !== 0) throw new Error(text + errors);
      };
      const before = files();
      await fix();
      await setUp(root, 'undo', '--yes');
      if (JSON.stringify(files()) !== JSON.stringify(before))
        throw new Error('undo: not as before');
      await fix();
    },
    async grade(id) {
      const all = await found(id);
      if (all.length !== 1) throw new Error(JSON.stringify(all, undefined, 1));
      return all[0]!.grade;
    },
  };
}

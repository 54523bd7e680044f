/** The images that hosts are booted from: what mkroot.sh of ../shared/hosts makes each of, and why one cannot be had. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export const SCRIPTS = new URL('../../../shared/hosts', import.meta.url).pathname;
const IMAGES = process.env['MH_HOME'] ?? '/var/tmp/milter-hosts';
const KEYRINGS = '/usr/share/keyrings';
const UBUNTU = 'ubuntu-archive-keyring.gpg';

/** Image name to the suite that mkroot.sh makes it of. */
const SUITES = {
  debian13: 'trixie',
  debian12: 'bookworm',
  debian11: 'bullseye',
  ubuntu2404: 'noble',
  ubuntu2204: 'jammy',
} as const;

export type Image = keyof typeof SUITES;

const isMade = (image: Image): boolean => fs.existsSync(join(IMAGES, `${image}.tar.zst`));

/** Makes the image where it is not there yet. @returns why it cannot be had; undefined where it is there */
export async function makeImage(image: Image): Promise<string | undefined> {
  if (isMade(image)) return undefined;
  try {
    const environment = image.startsWith('ubuntu') ? { UBUNTU_KEYRING: await ubuntuKeyring() } : {};
    await execa(join(SCRIPTS, 'mkroot.sh'), [image, SUITES[image]], {
      env: environment,
      all: true,
    });
    return undefined;
  } catch (error) {
    return `the image ${image} cannot be made: ${lastLines(error)}`;
  }
}

/** Of this machine, or else of Debian 13's package: Debian 12 has none. */
async function ubuntuKeyring(): Promise<string> {
  const installed = join(KEYRINGS, UBUNTU);
  if (fs.existsSync(installed)) return installed;
  const directory = fs.mkdtempSync(join(os.tmpdir(), 'ubuntu-keyring-'));
  const targets = execFileSync('apt-get', ['indextargets', '--format', '$(SITE)'], {
    encoding: 'utf8',
  });
  const mirror = targets.split('\n').find((site) => /\/debian\/?$/.test(site));
  if (mirror === undefined) throw new Error("apt knows no mirror of Debian's archive");
  for (const path of ['lists/partial', 'cache/archives/partial']) {
    fs.mkdirSync(join(directory, path), { recursive: true });
  }
  const keyring = join(KEYRINGS, 'debian-archive-keyring.gpg');
  fs.writeFileSync(
    join(directory, 'sources.list'),
    `deb [signed-by=${keyring}] ${mirror} trixie main\n`,
  );
  const ownState = [
    ...[`Dir::Etc::sourcelist=${directory}/sources.list`, 'Dir::Etc::sourceparts=-'],
    ...[`Dir::State::lists=${directory}/lists`, `Dir::Cache=${directory}/cache`],
    ...['Dir::State::status=/dev/null', 'APT::Sandbox::User=root'],
  ].flatMap((option) => ['-o', option]);
  await execa('apt-get', [...ownState, 'update'], { cwd: directory, all: true });
  await execa('apt-get', [...ownState, 'download', 'ubuntu-keyring'], {
    cwd: directory,
    all: true,
  });
  const name = fs.readdirSync(directory).find((each) => each.endsWith('.deb'));
  await execa('dpkg-deb', ['--extract', name!, 'package'], { cwd: directory });
  return join(directory, 'package', KEYRINGS, UBUNTU);
}

function lastLines(error: unknown): string {
  const { all } = error as { readonly all?: string };
  return (all ?? String(error)).trim().split('\n').slice(-3).join('; ');
}

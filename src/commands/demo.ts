/** `milter-setup demo`: the whole product on a private tree, with demo milters; no root, and this machine stays as it is. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beginRun } from '../apply/run.ts';
import { DEMO_DIRECTORIES, DEMO_FILES, DEMO_LINKS, demoChildren } from '../demo/tree.ts';
import { DEFAULT_MILTERS } from '../milters/milters.ts';
import { startInBackground, type BackgroundProgram } from '../host/background.ts';
import { EXIT } from '../host/setup-error.ts';
import { openTreeHost } from '../host/tree.ts';
import { buildPlan } from '../plan/build-plan.ts';
import type { Wish } from '../plan/wish.ts';
import { gatherFacts } from '../plan/facts.ts';
import type { Platform } from '../platforms/platform.ts';
import { builtProgram, openTemplates } from '../plan/package-files.ts';
import { showDiffs, showSummary } from '../ui/show-plan.ts';
import type { CommandContext } from './command.ts';
import { playDemoMails } from './demo/mails.ts';

/** Seconds that the demo greylister makes an unknown sender wait. */
const DELAY = 1;

export async function run(context: CommandContext): Promise<number> {
  const { ui, verbOptions, signal } = context;
  const started = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'milter-setup-'));
  const programs: BackgroundProgram[] = [];
  try {
    ui.print(`A private mail host in ${directory}. Nothing outside of it is changed.\n`);
    growTree(directory);
    const { managerSocket } = await setUpTree(context, directory);
    ui.print('\nStarting three demo milters and the milter manager, with the files just written.');
    for (const [program, socket, ...options] of demoChildren(DELAY)) {
      programs.push(await startChild(program, `unix:${directory}${socket}`, options));
    }
    const manager = await startManager(directory);
    programs.push(manager);
    const passed = await playDemoMails(
      context,
      `${directory}${managerSocket}`,
      manager,
      DELAY * 1000,
      signal,
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(3);
    const ending = `status: ${passed ? 'pass' : 'fail'}\nelapsed-time: ${seconds} seconds`;
    ui.print(`\n${ending}`, ending);
    return passed ? EXIT.ok : signal.aborted ? EXIT.cancelled : EXIT.failed;
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    if (verbOptions['keep'] === true) ui.print(`The tree is still in ${directory}`);
    else rmSync(directory, { recursive: true, force: true });
  }
}

function growTree(directory: string): void {
  for (const path of DEMO_DIRECTORIES) mkdirSync(join(directory, path), { recursive: true });
  for (const { path, text, mode = 0o644 } of DEMO_FILES) {
    mkdirSync(join(directory, dirname(path)), { recursive: true });
    writeFileSync(join(directory, path), text, { mode });
  }
  for (const [path, target] of Object.entries(DEMO_LINKS)) {
    mkdirSync(join(directory, dirname(path)), { recursive: true });
    symlinkSync(target, join(directory, path));
  }
}

/** The wizard's own way, with its defaults: facts, plan, shown, applied in the tree. */
async function setUpTree({ ui, signal }: CommandContext, directory: string): Promise<Platform> {
  const host = openTreeHost(directory);
  const facts = await gatherFacts(host);
  const wish: Wish = {
    on: DEFAULT_MILTERS,
    off: [],
    remove: [],
    defaultAction: 'accept',
    smtpConnections: 100,
    localNetworks: [],
    greylistDelay: `${DELAY}s`,
    dkimDomain: '',
    dkimSelector: '',
    dmarcFailures: 'mark',
  };
  const plan = buildPlan(host, facts, wish, { templates: openTemplates(), nonce: 'demo' });
  ui.print(`${showSummary(plan, ui.style)}\n\n${showDiffs(plan, ui.style)}`);
  const { stateDirectory } = facts.platform;
  const run = beginRun(host, { stateDirectory, verb: 'demo', signal });
  await run.apply(plan.changes);
  run.finish();
  return facts.platform;
}

async function startChild(
  program: string,
  spec: string,
  options: readonly string[],
): Promise<BackgroundProgram> {
  const child = startInBackground([
    process.execPath,
    builtProgram(program),
    '-s',
    spec,
    ...options,
  ]);
  await child.line((line) => line.startsWith('listening'), 5000);
  return child;
}

async function startManager(directory: string): Promise<BackgroundProgram> {
  const manager = startInBackground([
    ...[process.execPath, builtProgram('milter-manager')],
    ...['--root', directory, '-c', '/etc/milter-manager', '--no-daemon'],
  ]);
  await manager.line((line) => line.includes('milter-manager serves'), 5000);
  return manager;
}

/** `milter-setup doctor`: the known causes of trouble, each with what was seen and the command that repairs it. */
import { fingerprint, readWritten } from '../apply/state.ts';
import type { Host } from '../host/host.ts';
import { EXIT } from '../host/setup-error.ts';
import { gatherFacts, type HostFacts } from '../plan/facts.ts';
import { postfixSocket, postfixSpellings } from '../plan/postfix-notation.ts';
import type { CommandContext } from './command.ts';
import { unreadWarnings } from './unread.ts';

interface Finding {
  readonly level: 'ok' | 'warning' | 'error';
  readonly text: string;
  readonly fix?: string;
}

export async function run({ host, options, ui }: CommandContext): Promise<number> {
  const facts = await gatherFacts(host, options.platform);
  const seen: readonly Finding[] = [
    ...facts.warnings.map((text): Finding => ({ level: 'warning', text })),
    ...managerFindings(host, facts),
    ...(await configurationFindings(host, facts)),
    ...facts.detected.flatMap((milter) => childFindings(host, facts, milter)),
    ...postfixFindings(facts),
    ...driftFindings(host, facts),
  ];
  const findings: readonly Finding[] = [
    ...seen,
    ...unreadWarnings(host).map((text): Finding => ({
      level: 'warning',
      text,
      fix: 'sudo milter-setup doctor',
    })),
  ];
  const { marks, paint } = ui.style;
  const sign = {
    ok: paint('green', marks.pass),
    warning: paint('yellow', marks.warn),
    error: paint('red', marks.fail),
  };
  for (const { level, text, fix } of findings) {
    ui.print(`${sign[level]} ${text}${fix === undefined ? '' : `\n    ${fix}`}`);
  }
  ui.result({ schema: 1, findings });
  return findings.some(({ level }) => level === 'error') ? EXIT.pending : EXIT.ok;
}

function managerFindings(
  host: Host,
  { platform, knowsRunning, running, predecessor }: HostFacts,
): Finding[] {
  if (host.stat(platform.managerProgram) === undefined) {
    if (predecessor?.inUse) return [{ ...C_PROGRAM, level: 'warning' }];
    return [{ level: 'error', text: 'the milter manager is not installed', fix: 'milter-setup' }];
  }
  if (!knowsRunning) return [];
  const start = platform.services.start(platform.managerService).argv.join(' ');
  return running.has(platform.managerService)
    ? [{ level: 'ok', text: 'the milter manager is running' }]
    : [{ level: 'error', text: 'the milter manager is not running', fix: start }];
}

const C_PROGRAM = {
  text: 'the C milter-manager filters mail here, not ours',
  fix: 'milter-setup --take-over yes',
};

async function configurationFindings(host: Host, { platform }: HostFacts): Promise<Finding[]> {
  if (!host.runs || host.stat(platform.managerProgram) === undefined) return [];
  const argv = [platform.managerProgram, '-c', platform.managerDirectory, '--check'];
  const { exitCode, stdout, stderr } = await host.run(argv, { timeout: 30_000 });
  if (exitCode === 0) return [{ level: 'ok', text: "the manager's configuration is valid" }];
  const text = `the manager's configuration: ${`${stdout}${stderr}`.trim()}`;
  return [{ level: 'error', text, fix: argv.join(' ') }];
}

function childFindings(
  host: Host,
  { platform, knowsRunning, running, milters }: HostFacts,
  { name, service, enabled, connectionSpec }: HostFacts['detected'][number],
): Finding[] {
  if (!enabled) return [{ level: 'ok', text: `${name} is disabled` }];
  const start = platform.services.start(service).argv.join(' ');
  if (connectionSpec === undefined) {
    return [{ level: 'error', text: `${name} is enabled, but its configuration names no socket` }];
  }
  const known = milters.some(({ milter }) => milter.name === name);
  if (knowsRunning && known && !running.has(service)) {
    return [{ level: 'error', text: `${name} is enabled and not running`, fix: start }];
  }
  const path = /^unix:(.*)$/.exec(connectionSpec)?.[1];
  const there = path === undefined || host.stat(path)?.type === 'socket' || host.unread?.has(path);
  if (knowsRunning && !there) {
    return [{ level: 'error', text: `${name} has no socket ${path}`, fix: start }];
  }
  return [{ level: 'ok', text: `${name} is enabled, ${connectionSpec}` }];
}

function postfixFindings(facts: HostFacts): Finding[] {
  const { postfix, detected, predecessor } = facts;
  const findings: Finding[] = [];
  const list = postfix.smtpdMilters ?? '';
  const ours = postfixSocket(facts.managerSpec, postfix.queueDirectory, postfix.smtpdChrooted);
  findings.push(
    list.includes(ours)
      ? { level: 'ok', text: `Postfix asks the manager: ${ours}` }
      : predecessor?.inUse
        ? { ...C_PROGRAM, level: 'warning' }
        : {
            level: 'error',
            text: `smtpd_milters of main.cf does not name the manager (${ours}): mail is not filtered`,
            fix: 'milter-setup',
          },
  );
  const words = list.split(/[\s,{}]+/);
  for (const { name, enabled, connectionSpec } of detected) {
    const spellings = connectionSpec
      ? postfixSpellings(connectionSpec, postfix.queueDirectory)
      : [];
    if (enabled && spellings.some((spelling) => words.includes(spelling))) {
      const text = `${name} is asked twice: by the manager and by Postfix itself`;
      findings.push({ level: 'error', text, fix: 'milter-setup' });
    }
  }
  for (const { service, line, parameter, value } of postfix.overrides) {
    const text = `master.cf:${line}: the service ${service} has its own ${parameter}=${value}`;
    findings.push({ level: 'warning', text });
  }
  const macros = postfix.milterMailMacros;
  if (macros !== undefined && !/(^|[\s,])(i|\{i\})([\s,]|$)/.test(macros)) {
    findings.push({
      level: 'warning',
      text: `milter_mail_macros = ${macros} leaves out Postfix's own macros (i, {mail_addr} and others)`,
      fix: 'milter-setup',
    });
  }
  return findings;
}

/** Files that somebody changed since we wrote them. */
function driftFindings(host: Host, { platform }: HostFacts): Finding[] {
  return Object.entries(readWritten(host, platform.stateDirectory)).flatMap(([path, sha256]) => {
    const bytes = host.read(path);
    if (host.unread?.has(path)) return [];
    if (bytes !== undefined && fingerprint(bytes) === sha256) return [];
    const what = bytes === undefined ? 'was removed' : 'was changed';
    return [{ level: 'warning' as const, text: `${path} ${what} since milter-setup wrote it` }];
  });
}

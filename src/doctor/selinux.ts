/** SELinux: sockets and ports that the policy does not let Postfix or a milter use, and what it has denied. */
import { type Host, readText } from '../host/host.ts';
import { usesSelinux } from '../platforms/selinux.ts';
import { KNOWN_MILTERS, knownMilter } from '../milters/known-milters.ts';
import { type DoctorFacts, MANAGER_LISTENS } from './facts.ts';
import { advice, type Check, type Problem, run } from './finding.ts';
import { socketPath } from './reach.ts';

/** milter_port_t, to which milters may bind (selinux-policy). */
const MILTER_PORTS = [8890, 8891, 8893];
const AUDIT = '/var/log/audit/audit.log';
const OURS = new RegExp(
  [
    ...['milter', 'postfix'],
    ...KNOWN_MILTERS.flatMap(({ name, selinuxWords = [] }) => [name, ...selinuxWords]),
  ].join('|'),
);
const DAY = 86_400;

export const selinux: Check = {
  id: 'selinux',
  title: 'SELinux keeps nobody from a socket',
  beforeApply: true,
  applies: () => true,
  async look(host, facts) {
    const skipped = (reason: string): readonly Problem[] => [
      { grade: 'skipped', title: selinux.title, evidence: [reason], fix: [] },
    ];
    if (!usesSelinux(host)) return skipped('SELinux is not in use');
    if (host.runs) {
      const { exitCode, stdout } = await host.run(['getenforce'], { timeout: 10_000 });
      if (exitCode === 0 && stdout.trim() === 'Disabled') return skipped('getenforce: Disabled');
    }
    return [...unixManager(facts), ...(await ports(host, facts)), ...denials(host, facts)];
  },
};

/** It has no policy of its own, so Postfix may not connect to its UNIX socket. */
function unixManager({ managerInstalled, manager }: DoctorFacts): readonly Problem[] {
  if (!managerInstalled || socketPath(manager.spec) === undefined) return [];
  const line = manager.line('connection_spec') ?? manager.path;
  return [
    {
      grade: 'error',
      title: "SELinux keeps Postfix from the manager's UNIX socket",
      evidence: [
        `${line}: connection_spec = ${manager.spec}`,
        '/etc/selinux/config: SELinux is in use',
      ],
      fix: [run('milter-setup', '--force')],
    },
  ];
}

async function ports(host: Host, facts: DoctorFacts): Promise<readonly Problem[]> {
  const known = await labelledPorts(host);
  const labelled = known ?? MILTER_PORTS;
  return facts.listeners.flatMap(({ name, spec, source, service }): Problem[] => {
    const port = Number(/^inet6?:(\d+)/.exec(spec)?.[1]);
    // The manager has no domain of its own.
    const free = name === MANAGER_LISTENS || knownMilter(name)?.bindsAnyPort === true;
    if (free || Number.isNaN(port) || labelled.includes(port)) return [];
    // What a plan sets up, it labels; and who runs has its port.
    if (source === undefined || facts.running.has(service ?? '')) return [];
    return [
      {
        grade: known === undefined ? 'warning' : 'error',
        title: `SELinux ${known === undefined ? 'may keep' : 'keeps'} ${name} from the port ${port}: it then does not start`,
        evidence: [`${source}: ${spec}`, `milter_port_t has ${labelled.join(', ')}`],
        fix: [
          run('semanage', 'port', '-a', '-t', 'milter_port_t', '-p', 'tcp', String(port)),
          advice('-m instead of -a where the port has another label'),
        ],
      },
    ];
  });
}

/** Undefined where they cannot be asked for: on a tree, without root, without semanage. */
async function labelledPorts(host: Host): Promise<readonly number[] | undefined> {
  if (!host.runs) return undefined;
  const { exitCode, stdout } = await host.run(['semanage', 'port', '-l'], { timeout: 30_000 });
  const line = /^milter_port_t\s+tcp\s+(.*)$/m.exec(stdout)?.[1];
  if (exitCode !== 0 || line === undefined) return undefined;
  return line.split(',').map((each) => Number(each.trim()));
}

/** Of the last day, as far as the log may be read. */
function denials(host: Host, { now }: DoctorFacts): readonly Problem[] {
  if (host.stat(AUDIT) === undefined) return [];
  const lines = (readText(host, AUDIT)?.slice(-1024 * 1024) ?? '').split('\n').filter((line) => {
    const time = Number(/^type=AVC msg=audit\((\d+)/.exec(line)?.[1]);
    return time > now / 1000 - DAY && line.includes('denied') && OURS.test(line);
  });
  if (lines.length === 0) return [];
  return [
    {
      grade: 'warning',
      title: `SELinux has denied something to the mail filters since yesterday (lines of the log: ${lines.length})`,
      evidence: lines.slice(-3).map((line) => `${AUDIT}: ${line}`),
      fix: [
        run('ausearch', '-m', 'avc', '-ts', 'today'),
        advice(
          'audit2why says which label or boolean is missing; restorecon -Rv /run /etc puts labels back.',
        ),
      ],
    },
  ];
}

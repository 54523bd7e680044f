/** The versions of what is installed, by the names of milters: from the package manager, as far as it knows. */
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';

export interface InstalledVersions {
  readonly postfix: string | undefined;
  readonly manager: string | undefined;
  /** By the milter's name. */
  readonly milters: ReadonlyMap<string, string>;
}

const PATIENCE = 20_000;

export async function installedVersions(host: Host, facts: HostFacts): Promise<InstalledVersions> {
  if (!host.runs) return { postfix: undefined, manager: undefined, milters: new Map() };
  // The last is the milter's own; those before it are what it needs.
  const packages = facts.milters.flatMap(({ milter, setup }) => {
    const own = setup?.packages.at(-1)?.name;
    return own === undefined ? [] : [{ milter: milter.name, own }];
  });
  const { packageVersions } = facts.platform;
  const names = [...new Set(['postfix', ...packages.map(({ own }) => own)])];
  const [known, manager] = await Promise.all([
    // It fails where one of them is not installed, and tells of the others.
    host
      .run(packageVersions.command(names).argv, { timeout: PATIENCE })
      .then(({ stdout }) => packageVersions.read(stdout)),
    managerVersion(host, facts),
  ]);
  return {
    postfix: known.get('postfix'),
    manager,
    milters: new Map(
      packages.flatMap(({ milter, own }) => {
        const version = known.get(own);
        return version === undefined ? [] : [[milter, version] as const];
      }),
    ),
  };
}

/** No package brings it. */
async function managerVersion(host: Host, { platform }: HostFacts): Promise<string | undefined> {
  if (host.stat(platform.managerProgram) === undefined) return undefined;
  const { stdout } = await host.run([platform.managerProgram, '--version'], { timeout: PATIENCE });
  return /^milter-manager (\S+)$/m.exec(stdout)?.[1];
}

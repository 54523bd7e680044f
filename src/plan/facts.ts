/** What is on this host: read once, and again after the packages are there. */
import type { DetectedMilter } from '../detect/detected.ts';
import { detectMilters } from '../milters/detect-milters.ts';
import type { Host } from '../host/host.ts';
import {
  effectiveConfiguration,
  type EffectiveConfiguration,
} from '../manager-config/effective.ts';
import { SetupError } from '../host/setup-error.ts';
import { type Milter, type MilterSetup, setupOn } from '../milters/milter.ts';
import { MILTERS } from '../milters/milters.ts';
import type { Platform } from '../platforms/platform.ts';
import { PLATFORMS, type PlatformName, type Release } from '../platforms/platforms.ts';
import { recogniseRelease, systemTitle } from '../platforms/recognise.ts';
import { whyUnsupported } from '../platforms/unsupported.ts';
import { type AskedMilter, askedMilters } from './asked-milters.ts';
import { findPredecessor, isOurProgram, type Predecessor } from '../predecessor/predecessor.ts';
import { besidePredecessor } from '../platforms/beside.ts';
import { formerManagerSpecs, managerSpec, metricsSpec } from './manager-spec.ts';
import { nodeForService, nodeOfTree } from './node-program.ts';
import { readMailNames, type MailNames } from '../postfix/mail-names.ts';
import { isAt } from '../postfix/notation.ts';
import { type Postfix, readPostfix } from '../postfix/postfix.ts';
import { type UnownedElement, unownedElements } from './unowned-elements.ts';

export interface MilterFacts {
  readonly milter: Milter;
  /** Undefined where it cannot be had; `unavailable` says why. */
  readonly setup: MilterSetup | undefined;
  readonly unavailable: string | undefined;
  readonly installed: boolean;
  readonly detected: DetectedMilter | undefined;
}

export interface PredecessorFacts extends Predecessor {
  /** Whether it filters mail: Postfix asks it, it runs, or it is started at boot. */
  readonly inUse: boolean;
}

export interface HostFacts {
  readonly release: Release;
  readonly platform: Platform;
  readonly milters: readonly MilterFacts[];
  /** All milters that detection finds, ours and others. */
  readonly detected: readonly DetectedMilter[];
  /** Those that Postfix asks by itself. */
  readonly asked: readonly AskedMilter[];
  /** What else Postfix asks and we know by where it listens. */
  readonly unowned: readonly UnownedElement[];
  /** The C milter-manager, where it is installed. */
  readonly predecessor: PredecessorFacts | undefined;
  readonly postfixInstalled: boolean;
  readonly postfix: Postfix;
  readonly names: MailNames;
  /** The manager's configuration as it holds now. */
  readonly manager: EffectiveConfiguration;
  /** Where the manager listens once a plan is carried out, as its configuration writes it. */
  readonly managerSpec: string;
  /** Where it tells its metrics and its status, or will once it is set up. */
  readonly metricsSpec: string;
  /** Services that run now. */
  readonly running: ReadonlySet<string>;
  /** False on a tree: what runs there cannot be known. */
  readonly knowsRunning: boolean;
  /** Whether the ports of this machine are the host's own: not where a directory stands for its root. */
  readonly hasPorts: boolean;
  /** The Node that runs the installed programs. */
  readonly node: string;
  /** Files that did not parse. */
  readonly warnings: readonly string[];
}

/**
 * Reads the host; on one that runs commands it also asks for the state of the services.
 * @throws SetupError `unknown-system`, `no-node`
 */
export async function gatherFacts(host: Host, platformName?: PlatformName): Promise<HostFacts> {
  const release = releaseOf(host, platformName);
  const predecessor = findPredecessor(host, release.platform);
  const platform = withNames(host, PLATFORMS[release.platform], predecessor);
  const { milters: detected, warnings } = detectMilters(host, release.platform);
  const milters = MILTERS.map((milter): MilterFacts => {
    const setup = setupOn(milter, release, host);
    const found = detected.find((each) => each.name === milter.name);
    if ('unavailable' in setup) {
      return {
        milter,
        setup: undefined,
        ...setup,
        installed: found !== undefined,
        detected: found,
      };
    }
    const installed = setup.packages.every((each) => host.stat(each.marker) !== undefined);
    return { milter, setup, unavailable: undefined, installed, detected: found };
  });
  const postfix = readPostfix(host, platform.postfixDirectory);
  const plannedSpec = managerSpec(host, platform);
  const running = await runningServices(host, platform, [
    ...milters.flatMap(({ setup }) => setup?.services.map((service) => service.name) ?? []),
    ...detected.map(({ service }) => service),
    ...(predecessor ? [predecessor.service] : []),
  ]);
  return {
    release,
    platform,
    milters,
    detected,
    asked: askedMilters(postfix, detected),
    unowned: unownedElements(host, postfix, detected, [
      plannedSpec,
      ...formerManagerSpecs(platform, plannedSpec),
      ...(predecessor?.specs ?? []).map(({ value }) => value),
    ]),
    postfixInstalled: postfix.exists,
    postfix,
    names: readMailNames(host, postfix.parameters),
    manager: effectiveConfiguration(host, platform, detected, plannedSpec),
    managerSpec: plannedSpec,
    metricsSpec: metricsSpec(host, platform),
    predecessor: predecessor && {
      ...predecessor,
      inUse:
        predecessor.enabled ||
        running.has(predecessor.service) ||
        predecessor.specs.some(({ value }) => isNamed(postfix, value)),
    },
    running,
    knowsRunning: host.runs,
    hasPorts: host.runs && host.root === undefined,
    node: host.runs ? nodeForService(host, process.execPath) : nodeOfTree(host, platform.usualNode),
    warnings: [...warnings, ...postfix.warnings],
  };
}

/** Names that no package of the C program has; once one of both names is in use it stays. */
function withNames(host: Host, platform: Platform, predecessor: Predecessor | undefined): Platform {
  const beside = besidePredecessor(platform);
  if (host.stat(beside.managerProgram) !== undefined) return beside;
  const ours = isOurProgram(host, platform.managerProgram);
  return predecessor !== undefined && !ours ? beside : platform;
}

function isNamed({ askers, queueDirectory }: Postfix, spec: string): boolean {
  return askers.some(({ elements }) => elements.some((each) => isAt(each, spec, queueDirectory)));
}

/** What `--platform` or the host's own files say. */
function releaseOf(host: Host, platformName: PlatformName | undefined): Release {
  const found = recogniseRelease(host);
  if (platformName !== undefined && found?.platform !== platformName) {
    const { usualVersion: version } = PLATFORMS[platformName];
    return { platform: platformName, id: platformName, version, title: platformName };
  }
  if (found === undefined) {
    const title = systemTitle(host);
    throw new SetupError({
      code: 'unknown-system',
      message: `${title ?? 'this system'} is not one that milter-setup knows (${knownSystems()})`,
      hint:
        title === undefined
          ? `Say which one it is with --platform: ${Object.keys(PLATFORMS).join(', ')}.`
          : 'Its packages and services have other names; no change was made.',
    });
  }
  const reason = whyUnsupported(host, found);
  if (reason !== undefined) {
    throw new SetupError({
      code: 'unsupported-system',
      message: `${found.title} cannot be set up: ${reason}`,
      hint: 'No change was made.',
    });
  }
  return found;
}

function knownSystems(): string {
  return [...new Set(Object.values(PLATFORMS).map(({ title }) => title))].join(', ');
}

async function runningServices(
  host: Host,
  platform: Platform,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const running = new Set<string>();
  if (!host.runs) return running;
  const services = new Set(['postfix', platform.managerService, ...names]);
  await Promise.all(
    [...services].map(async (service) => {
      const status = platform.services.status(service);
      const { exitCode } = await host.run(status.argv, { timeout: 30_000 });
      if (exitCode === 0) running.add(service);
    }),
  );
  return running;
}

/** All that the checks look at, read once. */
import { readText, type Host, type HostReader } from '../host/host.ts';
import type { HostFacts } from '../plan/facts.ts';
import { type Door, doorsOf } from './doors.ts';
import { type Connect, reachesOf, type Reach } from './reach.ts';

/** What our own journal says; the caller reads it. */
export interface OurRuns {
  /** The journal is for root alone. */
  readonly hidden?: boolean;
  /** A run that did not end. */
  readonly unfinished?: { readonly verb: string; readonly at: string };
  /** A run that is at work now. */
  readonly atWork?: string;
  /** What the last run was told to have Postfix do while the manager is down. */
  readonly defaultAction?: string;
  /** Milters that the last run was told to set up. */
  readonly wanted?: readonly string[];
  /** What the running manager tells of itself. */
  readonly told?: {
    /** The names of the milters that it asks. */
    readonly milters: readonly string[];
    /** Milliseconds since 1970. */
    readonly started: number;
  };
  /** Files that we wrote. */
  readonly written: readonly string[];
  readonly changed: readonly ChangedFile[];
}

/** A file that somebody changed since we wrote it. */
export interface ChangedFile {
  readonly path: string;
  readonly gone: boolean;
  /** Whether a run with the last answers would write it again; undefined where that is not known. */
  readonly drifted: boolean | undefined;
}

/** The manager among the listeners. */
export const MANAGER_LISTENS = 'the milter manager';

/** Somebody who listens on a socket, or will once the plan is applied. */
export interface Listener {
  readonly name: string;
  readonly spec: string;
  /** Where that is written. */
  readonly source: string | undefined;
  readonly service: string | undefined;
}

export interface DoctorFacts extends HostFacts {
  readonly managerInstalled: boolean;
  /** A file as it is; undefined where there is none. */
  readonly text: (path: string) => string | undefined;
  readonly ours: OurRuns;
  readonly listeners: readonly Listener[];
  readonly reaches: readonly Reach[];
  /** Each milter that Postfix's lists name. */
  readonly doors: readonly Door[];
  /** Whether commands tell the truth about this host, and we may run those that need root. */
  readonly asRoot: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @throws what reading the host throws */
export async function gatherDoctorFacts(
  host: Host,
  facts: HostFacts,
  ours: OurRuns,
  connect: Connect,
): Promise<DoctorFacts> {
  const read = readDoctorFacts(host, facts, ours);
  const postfixUser = facts.postfix.parameters.value('mail_owner');
  const [reaches, doors] = await Promise.all([
    reachesOf(host, facts, postfixUser, connect),
    doorsOf(host, facts, connect),
  ]);
  return { ...read, reaches, doors };
}

/** The same without trying any socket: for before a plan is applied. */
export function readDoctorFacts(host: Host, facts: HostFacts, ours: OurRuns): DoctorFacts {
  const { platform } = facts;
  return {
    ...facts,
    managerInstalled: host.stat(platform.managerProgram) !== undefined,
    text: (path) => readText(host, path),
    ours,
    listeners: listenersOf(host, facts),
    reaches: [],
    doors: [],
    asRoot: host.runs && host.writable,
    now: Date.now(),
  };
}

function listenersOf(
  host: HostReader,
  { platform, detected, manager: { spec, line } }: HostFacts,
): readonly Listener[] {
  const milters = detected.flatMap(({ name, enabled, connectionSpec, service, sources }) =>
    enabled && connectionSpec !== undefined
      ? [{ name, spec: connectionSpec, source: sources.connectionSpec, service }]
      : [],
  );
  if (host.stat(platform.managerProgram) === undefined) return milters;
  const source = line('connection_spec');
  return [...milters, { name: MANAGER_LISTENS, spec, source, service: platform.managerService }];
}

/** A configuration made ready to run: what all sessions that begin under it share. */
import { Breaker } from './breaker.ts';
import type { Habit } from './command-queue.ts';
import type { Locate } from './child-socket.ts';
import type { NamedCondition } from '../conditions/condition.ts';
import { makeConditions } from '../conditions/conditions.ts';
import type { Configuration, MilterSettings } from '../../manager-config/config.ts';
import { roomFor } from './descriptor-limit.ts';
import type { ModificationLimits } from '../merge/modifications.ts';
import { IdleChildren } from './idle-children.ts';

/** A child milter as the sessions of this process know it. */
export interface Milter {
  readonly settings: MilterSettings;
  readonly conditions: readonly NamedCondition[];
  readonly breaker: Breaker;
  readonly idle: IdleChildren;
  /** What the log has been told of it once, and need not hear of each mail. */
  readonly told: Set<'mended reply'>;
  /** What is known of how it speaks. */
  readonly habit: Habit;
  /** Whether its connections serve several sessions. Not a shadow's: nobody waits for it, so no lost one is replaced. */
  readonly reuses: boolean;
  readonly locate: Locate;
  /** Whether a condition may still take it out at MAIL. */
  readonly decidesAtMail: boolean;
  /** What it may want changed in one message. */
  readonly modificationLimits: ModificationLimits;
}

export interface Runtime {
  readonly configuration: Configuration;
  /** The enabled ones, in order. */
  readonly milters: readonly Milter[];
  /** Sessions open at once, per process. */
  readonly maxSessions: number;
  /** Sessions beyond them that are told to come again and may stay open. */
  readonly maxPutOff: number;
  /** Some condition needs the command, whatever the children want. */
  readonly needsConnect: boolean;
  readonly needsMail: boolean;
}

/** @param locate where a UNIX socket's path is on this machine */
export function makeRuntime(
  configuration: Configuration,
  locate: Locate = (path) => path,
): Runtime {
  const known = makeConditions(configuration);
  const {
    breaker_failures,
    breaker_pause,
    max_modifications,
    max_modification_count,
    max_connections: configured,
  } = configuration.manager;
  const milters = configuration.milters
    .filter((settings) => settings.enabled)
    .map((settings): Milter => {
      const conditions = settings.applicable_conditions.map((name) => known[name]);
      return {
        settings,
        conditions,
        breaker: new Breaker(breaker_failures, breaker_pause * 1000),
        idle: new IdleChildren(),
        told: new Set(),
        habit: { answersOn: undefined },
        reuses: settings.connection_reuse && !settings.evaluation_mode,
        locate,
        decidesAtMail: conditions.some(({ atMail }) => atMail !== undefined),
        modificationLimits: { max_modifications, max_modification_count },
      };
    });
  const conditions = milters.flatMap((milter) => milter.conditions);
  const room = roomFor(milters.length);
  return {
    configuration,
    milters,
    maxSessions: Math.min(configured > 0 ? configured : Infinity, room.sessions),
    maxPutOff: room.putOff,
    needsConnect: conditions.some(({ atConnect, macrosAtConnect }) => atConnect ?? macrosAtConnect),
    needsMail: conditions.some(({ atMail, macrosAtMail }) => atMail ?? macrosAtMail),
  };
}

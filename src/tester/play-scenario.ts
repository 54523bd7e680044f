/** Plays the MTA's part of a scenario against a milter, and tells where the milter says something else. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionSpec } from '../protocol/connection-spec.ts';
import { SMFIC } from '../protocol/constants.ts';
import { wholePacket } from '../protocol/packet-reader.ts';
import { MilterConnection } from './connection.ts';
import type { ScenarioFile, ScenarioStep } from './scenario-file.ts';
import { PlayFailure, unreachable } from './failure.ts';

/** How a scenario ended: as told, or at which line not, and why. */
export type ScenarioResult =
  | { readonly status: 'as-told' }
  | {
      readonly status: 'otherwise' | 'timeout' | 'protocol-error' | 'cannot-connect';
      readonly line: number;
      readonly reason: string;
      /** The likely cause and what to do next. */
      readonly hint?: string;
    };

/** Seconds. */
export interface ScenarioLimits {
  readonly connection: number;
  readonly reading: number;
  readonly writing: number;
}

type Spoken = Exclude<ScenarioStep, { readonly kind: 'wait' }>;

/** @param told called with each line as it is played */
export async function playScenario(
  spec: ConnectionSpec,
  { offer, steps }: ScenarioFile,
  limits: ScenarioLimits,
  told: (step: ScenarioStep) => void = () => undefined,
): Promise<ScenarioResult> {
  const sessions = new Map<string, MilterConnection>();
  const session = async (who: string): Promise<MilterConnection> => {
    const open = sessions.get(who) ?? (await connect(spec, limits.connection));
    if (!sessions.has(who)) {
      sessions.set(who, open);
      if (offer) await negotiate(open, offer, limits);
    }
    return open;
  };
  let line = 0;
  try {
    for (const step of steps) {
      line = step.line;
      told(step);
      if (step.kind === 'wait') await sleep(step.seconds * 1000);
      else await perform(step, await session(step.who), limits);
    }
    return { status: 'as-told' };
  } catch (error) {
    return { ...failure(error), line };
  } finally {
    for (const open of sessions.values()) await open.close(Buffer.alloc(0));
  }
}

async function connect(spec: ConnectionSpec, seconds: number): Promise<MilterConnection> {
  try {
    return await MilterConnection.open(spec, seconds);
  } catch (error) {
    throw unreachable(spec, error as NodeJS.ErrnoException);
  }
}

async function perform(
  { kind, words, bytes }: Spoken,
  connection: MilterConnection,
  limits: ScenarioLimits,
): Promise<void> {
  if (kind === 'says') {
    if (bytes) await connection.send(bytes, limits.writing);
    else await connection.close(Buffer.alloc(0));
    return;
  }
  const heard = await hear(connection, limits.reading);
  if (bytes === undefined ? heard !== undefined : !heard?.equals(bytes))
    throw new Otherwise(
      `${words} was to come, and it says ${heard ? show(heard) : 'nothing more'}`,
    );
}

/** The next packet; undefined at the end of the connection. */
async function hear(connection: MilterConnection, seconds: number): Promise<Buffer | undefined> {
  try {
    return wholePacket(await connection.receive(seconds));
  } catch (error) {
    if (error instanceof PlayFailure && error.kind === 'protocol-error') return undefined;
    throw error;
  }
}

async function negotiate(
  connection: MilterConnection,
  offer: Buffer,
  limits: ScenarioLimits,
): Promise<void> {
  await connection.send(offer, limits.writing);
  const answer = await connection.receive(limits.reading);
  if (answer.command !== SMFIC.OPTNEG)
    throw new Otherwise(`it answers the negotiation with ${show(wholePacket(answer))}`);
}

class Otherwise extends Error {}

function failure(error: unknown): Omit<Exclude<ScenarioResult, { status: 'as-told' }>, 'line'> {
  if (error instanceof Otherwise) return { status: 'otherwise', reason: error.message };
  if (!(error instanceof PlayFailure)) throw error;
  const { kind, message, hint } = error;
  return { status: kind, reason: message, ...(hint === undefined ? {} : { hint }) };
}

/** Letter and data, as people can compare them. */
function show(packet: Buffer): string {
  return JSON.stringify(packet.toString('latin1', 4));
}

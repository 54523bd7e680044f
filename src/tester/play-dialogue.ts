/** Plays the MTA's part of a dialogue file against a milter, and tells where the milter says something else. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionSpec } from '../protocol/connection-spec.ts';
import { SMFIC } from '../protocol/constants.ts';
import { wholePacket } from '../protocol/packet-reader.ts';
import { MilterConnection } from './connection.ts';
import type { DialogueFile, DialogueStep } from './dialogue-file.ts';
import { PlayFailure, systemWords } from './failure.ts';

/** How a dialogue ended: as told, or at which line not, and why. */
export type DialogueResult =
  | { readonly status: 'as-told' }
  | {
      readonly status: 'otherwise' | 'timeout' | 'protocol-error' | 'cannot-connect';
      readonly line: number;
      readonly reason: string;
    };

/** Seconds. */
export interface DialogueLimits {
  readonly connection: number;
  readonly reading: number;
  readonly writing: number;
}

type Spoken = Exclude<DialogueStep, { readonly kind: 'wait' }>;

/** @param told called with each line as it is played */
export async function playDialogue(
  spec: ConnectionSpec,
  { offer, steps }: DialogueFile,
  limits: DialogueLimits,
  told: (step: DialogueStep) => void = () => undefined,
): Promise<DialogueResult> {
  const sessions = new Map<string, MilterConnection>();
  const session = async (who: string): Promise<MilterConnection> => {
    const open = sessions.get(who) ?? (await MilterConnection.open(spec, limits.connection));
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

async function perform(
  { kind, words, bytes }: Spoken,
  connection: MilterConnection,
  limits: DialogueLimits,
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
  limits: DialogueLimits,
): Promise<void> {
  await connection.send(offer, limits.writing);
  const answer = await connection.receive(limits.reading);
  if (answer.command !== SMFIC.OPTNEG)
    throw new Otherwise(`it answers the negotiation with ${show(wholePacket(answer))}`);
}

class Otherwise extends Error {}

function failure(error: unknown): Omit<Exclude<DialogueResult, { status: 'as-told' }>, 'line'> {
  if (error instanceof Otherwise) return { status: 'otherwise', reason: error.message };
  if (error instanceof PlayFailure) {
    const status = error.kind === 'timeout' ? 'timeout' : 'protocol-error';
    return { status, reason: error.message };
  }
  return { status: 'cannot-connect', reason: systemWords(error as NodeJS.ErrnoException) };
}

/** Letter and data, as people can compare them. */
function show(packet: Buffer): string {
  return JSON.stringify(packet.toString('latin1', 4));
}

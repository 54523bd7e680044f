/** Begins a connection to a milter, with the limits that its settings say. */
import { Child } from './child.ts';
import { connectChild } from './child-socket.ts';
import type { ChildListener } from './reply.ts';
import type { Milter } from './runtime.ts';

export function openChild(
  { settings, locate, modificationLimits, habit }: Milter,
  listener: ChildListener,
): Child {
  const limits = {
    connection: settings.connection_timeout * 1000,
    writing: settings.writing_timeout * 1000,
    reading: settings.reading_timeout * 1000,
    endOfMessage: settings.end_of_message_timeout * 1000,
    modifications: modificationLimits,
  };
  return new Child(
    (received) => connectChild(settings.connection_spec!, locate, received),
    limits,
    settings.pipelining,
    habit,
    listener,
  );
}

/** A spool file that fails when its mail is long over. */
import { pbkdf2 } from 'node:crypto';
import { it } from 'vitest';
import { play } from '../scenarios/play.ts';
import { parseScenario } from '../scenarios/scenario.ts';

const DIALOGUE = `
manager: max_body_memory = 4; spool_directory = /nonexistent/directory
milter a
milter b continues: after = a

MTA > BODY a body
a < BODY a body
a > CONTINUE
MTA > ABORT
a < ABORT
MTA > MAIL <two@example.org>
a < MAIL <two@example.org>
log: spool file
a > REPLY 550 5.7.1 no
MTA < REPLY 550 5.7.1 no
`;

it('leaves the next mail of the session alone', async () => {
  // Node's four threads for files are kept busy, so that the failure comes late.
  const busy = Array.from({ length: 4 }, () => work());
  await play(parseScenario(DIALOGUE));
  await Promise.all(busy);
});

function work(): Promise<void> {
  return new Promise((resolve) => {
    pbkdf2('a', 'b', 100_000, 64, 'sha512', () => resolve());
  });
}

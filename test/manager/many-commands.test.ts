/** Commands that arrive all at once, and are all answered at once. */
import { it } from 'vitest';
import { play } from '../scenarios/play.ts';
import { parseScenario } from '../scenarios/scenario.ts';

const COUNT = 12_000;

it('each get their answer, however many there are', async () => {
  const dialogue = [
    'milter a is down: fallback_status = temporary-failure',
    `MTA > RAW ${'000000024800'.repeat(COUNT)}`,
    ...Array.from({ length: COUNT }, () => 'MTA < TEMPFAIL'),
  ];
  await play(parseScenario(dialogue.join('\n')));
});

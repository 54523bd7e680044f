/** Adds one message after the other to the history that it is given, and says each that is there, until it is killed. */
import { writeSync } from 'node:fs';
import { CHILD_COLUMNS } from '../../src/history/columns.ts';
import { HistoryWriter } from '../../src/history/history-file.ts';

const [path = '', start = ''] = process.argv.slice(2);
const writer = new HistoryWriter(path, CHILD_COLUMNS);
for (let now = Number(start); ; now += 500) {
  writer.add(now, { pass: 1 });
  writeSync(1, '.');
}

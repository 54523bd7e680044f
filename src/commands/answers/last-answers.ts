/** The answers of the last run, kept in the state directory and offered again. */
import type { Host } from '../../host/host.ts';
import type { Platform } from '../../platforms/platform.ts';
import { formatAnswersFile, parseAnswersFile } from '../../questions/answers-file.ts';
import type { Answers } from '../../questions/questions.ts';

const pathOf = (platform: Platform): string => `${platform.stateDirectory}/answers.ini`;

/** Texts by key; undefined before the first run, and for a user who may not read them. */
export function readLastAnswers(
  host: Host,
  platform: Platform,
): Readonly<Record<string, string>> | undefined {
  const path = pathOf(platform);
  if (host.stat(path) === undefined) return undefined;
  const text = host.read(path)?.toString('utf8');
  return text === undefined ? undefined : parseAnswersFile(text, path);
}

/** The milters that the last run was told to set up, or left as they were. */
export function wantedIn(answers: Readonly<Record<string, string>> | undefined): readonly string[] {
  const names = (answers?.['milters'] ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

export function saveLastAnswers(host: Host, platform: Platform, answers: Answers): void {
  host.write(pathOf(platform), Buffer.from(formatAnswersFile(answers)), { mode: 0o644 });
}

/** The alert rules and the dashboard that we ship: each name in them is one that a fresh manager has. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildProgram, child, directory, ini, serving, start, until } from './running-program.ts';

buildProgram();

const template = (name: string): string =>
  new URL(`../../templates/monitoring/${name}`, import.meta.url).pathname;

let metrics = '';
beforeEach(async () => {
  await child('good');
  const socket = join(directory, 'private/metrics.sock');
  const sections = [
    `[milter.good]\nconnection_spec = unix:${directory}/good\napplicable_conditions = Authenticated\n`,
    `[milter.tried]\nconnection_spec = unix:${directory}/tried\nevaluation_mode = yes\n`,
  ];
  ini(`metrics = unix:${socket}\n${sections.join('')}`);
  const manager = start('-c', directory, serving);
  await until(() => manager.output().includes('serves'), 'manager serves');
  metrics = await new Promise((resolve, reject) => {
    request({ socketPath: socket, path: '/metrics' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
});

/** Names of series, without labels. */
function fresh(): ReadonlySet<string> {
  const names = metrics.split('\n').map((line) => line.replace(/[{ ].*/, ''));
  return new Set(names.filter((name) => name !== '' && name !== '#'));
}

describe.each(['alerts.yml', 'grafana.json'])('%s', (name) => {
  it('asks for nothing that a fresh manager does not have', () => {
    const text = readFileSync(template(name), 'utf8');
    const used = [...new Set(text.match(/milter_manager_\w+/g))];
    expect(used.length).toBeGreaterThan(7);
    expect(used.filter((each) => !fresh().has(each))).toEqual([]);
  });
});

it('has fewer series than a small Prometheus minds', () => {
  const series = metrics.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  // One child and one in evaluation mode: ten are under 700.
  expect(series.length).toBeLessThan(120);
});

function promtool(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!promtool())('promtool (skipped where there is none)', () => {
  it('finds nothing wrong with the metrics', () => {
    execFileSync('promtool', ['check', 'metrics'], { input: metrics });
  });

  it('takes the rules, and they fire as meant', () => {
    execFileSync('promtool', ['check', 'rules', template('alerts.yml')]);
    const series = (name: string, values: string): object => ({ series: name, values });
    const tests = {
      rule_files: [template('alerts.yml')],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            series('milter_manager_mails_unfiltered_total{instance="mx"}', '0x5 2x20'),
            series('milter_manager_open_sessions{instance="mx"}', '10x30'),
            series('milter_manager_session_limit{instance="mx"}', '100x30'),
          ],
          alert_rule_test: [
            { eval_time: '4m', alertname: 'MailUnfiltered', exp_alerts: [] },
            {
              eval_time: '8m',
              alertname: 'MailUnfiltered',
              exp_alerts: [
                {
                  exp_labels: { instance: 'mx', severity: 'page' },
                  exp_annotations: {
                    summary: 'Mail was accepted on mx while a milter was down.',
                    description:
                      'milter-setup log --since 1h lists the messages; milter-setup doctor says what is down.',
                  },
                },
              ],
            },
            { eval_time: '20m', alertname: 'SessionsNearLimit', exp_alerts: [] },
          ],
        },
      ],
    };
    const path = join(directory, 'test.yml');
    writeFileSync(path, JSON.stringify(tests));
    execFileSync('promtool', ['test', 'rules', path]);
  });
});

/** The same children behind one Postfix twice: asked directly, and through our manager. */
import fs from 'node:fs';
import { join } from 'node:path';
import { readConfiguration } from '../../../src/manager-config/read-configuration.ts';
import { startManager, type Manager } from '../../../src/manager/program/manager.ts';
import { DeliverySink } from './delivery-sink.ts';
import { openDirectory, PrivatePostfix } from './private-postfix.ts';
import { ChildSocket, ScriptedMind, type Mind, type Script, type Words } from './scripted-child.ts';
import { playSession, type SmtpSession } from './smtp-session.ts';
import { readable, type Hearing } from './what-was-heard.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who sits behind a manager, and the settings of each child in its ini. */
export interface Crew {
  readonly name: string;
  readonly children: Readonly<Record<string, readonly string[]>>;
}

/** What came of a session. */
export interface Outcome {
  readonly replies: readonly string[];
  /** Of each mail that was taken: how it went on, and what was delivered. */
  readonly mails: readonly string[];
  /** By child. */
  readonly heard: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly string[];
}

export class JudgedCrews {
  readonly #managers: Manager[] = [];
  readonly #sockets = new Map<string, ChildSocket>();
  readonly #directory: string;
  #postfix: PrivatePostfix | undefined;
  #sink: DeliverySink | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(crews: readonly Crew[]): Promise<JudgedCrews> {
    const judged = new JudgedCrews(openDirectory('judge-'));
    const services = [{ name: 'model', milters: [await judged.#socket('model')] }];
    for (const crew of crews) {
      const names = Object.keys(crew.children);
      const direct: string[] = [];
      for (const name of names) direct.push(await judged.#socket(`${crew.name}.direct.${name}`));
      for (const name of names) await judged.#socket(`${crew.name}.managed.${name}`);
      const manager = await judged.#manage(crew);
      services.push({ name: `${crew.name}.direct`, milters: direct });
      services.push({ name: `${crew.name}.managed`, milters: [manager] });
    }
    judged.#sink = await DeliverySink.open();
    fs.mkdirSync(join(judged.#directory, 'postfix'), { mode: 0o755 });
    judged.#postfix = await PrivatePostfix.start(
      join(judged.#directory, 'postfix'),
      services,
      judged.#sink.port,
    );
    return judged;
  }

  async close(): Promise<void> {
    this.#postfix?.stop();
    this.#sink?.close();
    for (const manager of this.#managers) await manager.stop(0);
    for (const socket of this.#sockets.values()) socket.close();
    fs.rmSync(this.#directory, { recursive: true });
  }

  /** The log of a crew's manager. */
  managerLog(crew: string): string {
    return fs.readFileSync(join(this.#directory, `${crew}.log`), 'utf8');
  }

  /** Postfix asks the children itself, one after the other. */
  direct(crew: Crew, session: SmtpSession, scripts: readonly Script[]): Promise<Outcome> {
    return this.#play(`${crew.name}.direct`, crew, session, scripts);
  }

  /** Postfix asks our manager. */
  managed(crew: Crew, session: SmtpSession, scripts: readonly Script[]): Promise<Outcome> {
    return this.#play(`${crew.name}.managed`, crew, session, scripts);
  }

  /** Postfix asks one milter that answers as our rules say; what its members heard is its own affair. */
  async modelled(session: SmtpSession, mind: Mind): Promise<Omit<Outcome, 'heard'>> {
    this.#sockets.get('model')!.think(() => mind);
    return this.#outcome('model', session, ['model']);
  }

  async #play(
    service: string,
    crew: Crew,
    session: SmtpSession,
    scripts: readonly Script[],
  ): Promise<Outcome> {
    const names = Object.keys(crew.children);
    const minds = names.map((): ListeningMind[] => []);
    for (const [index, name] of names.entries()) {
      this.#sockets.get(`${service}.${name}`)!.think(() => {
        const mind = new ListeningMind(scripts[index]!);
        minds[index]!.push(mind);
        return mind;
      });
    }
    const sockets = names.map((name) => `${service}.${name}`);
    const outcome = await this.#outcome(service, session, sockets);
    const heard = names.map((name, index) => {
      const hearings = minds[index]!.flatMap(({ hearings: each }) => each);
      return [name, readable(hearings, crew.children[name]!.includes('# macros'))] as const;
    });
    return { ...outcome, heard: Object.fromEntries(heard) };
  }

  async #outcome(
    service: string,
    session: SmtpSession,
    sockets: readonly string[],
  ): Promise<Omit<Outcome, 'heard'>> {
    const postfix = this.#postfix!;
    const { replies, queueIds, port } = await playSession(postfix.port(service), session);
    await postfix.saidGoodbye(port);
    const mails: string[] = [];
    for (const id of queueIds) mails.push(await this.#fate(id));
    for (const socket of sockets) {
      while (!this.#sockets.get(socket)!.isQuiet) await sleep(1);
    }
    return { replies, mails, warnings: this.#warnings(service) };
  }

  async #fate(id: string): Promise<string> {
    if ((await this.#postfix!.settled(id)) === 'held') {
      return `held\n${masked(withoutAttributes(this.#postfix!.show(id)))}`;
    }
    const delivered = this.#sink!.take(id);
    if (delivered.length === 0) return 'discarded';
    return delivered
      .map(({ from, to, text }) => `${from}\n${to.join('\n')}\n${masked(text)}`)
      .join('\n');
  }

  /** What Postfix has against a service, or against the milter behind it. */
  #warnings(service: string): readonly string[] {
    return (
      this.#postfix!.log.split('\n')
        .filter((line) => line.includes(`judge-${service}/`) || line.includes(`/${service}`))
        .filter((line) => /\b(warning|error|fatal|panic):/.test(line))
        // What it has against the client is in the replies.
        .filter((line) => !/(?:from|after .*) \S+\[127\.0\.0\.1\]/.test(line))
    );
  }

  /** Between two sessions. */
  forgetLog(): void {
    this.#postfix!.forgetLog();
  }

  async #socket(name: string): Promise<string> {
    const path = join(this.#directory, name);
    this.#sockets.set(name, await ChildSocket.open(path));
    return `unix:${path}`;
  }

  async #manage({ name, children }: Crew): Promise<string> {
    const socket = join(this.#directory, `${name}.managed`);
    const sections = Object.entries(children).map(([child, settings]) =>
      [`[milter.${child}]`, `connection_spec = unix:${socket}.${child}`, ...settings].join('\n'),
    );
    const text = [
      ...['[manager]', 'detect = no', `connection_spec = unix:${socket}`],
      ...['unix_socket_mode = 0666', 'breaker_failures = 0', '[log]', 'use_syslog = no'],
      ...[`path = ${join(this.#directory, name)}.log`, ...sections, ''],
    ].join('\n');
    const detect = () => ({ milters: [], warnings: [] });
    const configuration = readConfiguration({ text, path: 'judge.ini', detect });
    this.#managers.push(await startManager({ configuration }));
    return `unix:${socket}`;
  }
}

/** Remembers with what it hears what it says. */
class ListeningMind extends ScriptedMind {
  readonly hearings: Hearing[] = [];

  override hear(packet: string): Words {
    const words = super.hear(packet);
    this.hearings.push({ packet, words });
    return words;
  }
}

/** Sender, recipients and content of what postcat shows. */
function withoutAttributes(shown: string): string {
  return shown
    .split('\n')
    .filter((line) => !/^(named_attribute|message_\w+|create_time): |^\*\*\* /.test(line))
    .join('\n');
}

/** Without what no two sessions have in common: the id, the time. */
function masked(text: string): string {
  return text.replace(/(^|\n)(Received: [^]*?)\n(?![ \t])/, (_, before: string, line: string) => {
    const same = line.replace(/\sid \w+/, ' id ID').replace(/;[^;]*$/, '; DATE');
    return `${before}${same}\n`;
  });
}

/** The proof through Postfix: real sessions with what plays smtpd, and the counters and mails of what plays the manager. */
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Asked, proveAsked } from '../../src/apply/prove-asked.ts';
import type { ProveAsked } from '../../src/change/change.ts';
import type { Host } from '../../src/host/host.ts';
import { afterThisFile } from '../cleanup.ts';
import { standInHost } from '../plan/stand-in-host.ts';

const SPEC = 'unix:/var/spool/postfix/milter-manager/milter-manager.sock';
const HISTORY = '/var/lib/milter-manager';
const OURS = 'smtpd_milters = unix:milter-manager/milter-manager.sock\n';
const OTHERS = 'somebody@example.org';

async function portOf(server: Server): Promise<number> {
  afterThisFile(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

class Manager {
  sessions = 0;
  history = '';

  /** A session has ended. @param kept what it keeps of it */
  ended(kept?: { readonly sender: string } | { readonly client: string }): void {
    this.sessions += 1;
    if (kept === undefined) return;
    const line = { event: 'mail', time: new Date().toISOString(), ...kept };
    appendFileSync(join(this.history, 'recent.jsonl'), `${JSON.stringify(line)}\n`);
  }

  listen(): Promise<number> {
    return portOf(
      createHttpServer((_request, response) => {
        response.end(JSON.stringify({ schema: 1, sessions: this.sessions, openSessions: 0 }));
      }),
    );
  }
}

/** An smtpd. @param ended told of each session, with its sender */
function smtpd(ended: (sender: string) => void, mail = '250 ok'): Promise<number> {
  return portOf(
    createServer((socket) => {
      let sender = '';
      socket.write('220 here\r\n');
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        const line = data.toString();
        sender = /^MAIL FROM:<(.*)>/.exec(line)?.[1] ?? sender;
        socket.write(line.startsWith('MAIL') ? `${mail}\r\n` : '250 ok\r\n');
        if (line.startsWith('QUIT')) ended(sender);
      });
    }),
  );
}

const silent = (): Promise<number> => smtpd(() => undefined);

const PATIENCE = { opening: 100, asking: 1000, counting: 300 };

/** @param services lines of master.cf */
async function proofOf(
  manager: Manager,
  services: readonly string[],
  mainCf = OURS,
  patience = PATIENCE,
): Promise<Asked> {
  const host: Host = standInHost({
    '/etc/postfix/main.cf': mainCf,
    '/etc/postfix/master.cf': services.map((each) => `${each}\n`).join(''),
  });
  const change: ProveAsked = {
    ...{ kind: 'prove-asked', phase: 'mta', title: '', why: '', commands: [], undo: [] },
    ...{ postfixDirectory: '/etc/postfix', spec: SPEC, historyDirectory: HISTORY },
    statusSpec: `inet:${await manager.listen()}@127.0.0.1`,
  };
  manager.history = join(host.root!, HISTORY);
  if (!existsSync(manager.history)) mkdirSync(manager.history, { recursive: true });
  return proveAsked(host, change, patience);
}

describe.concurrent('a session with each smtpd', () => {
  it('shows that the manager was asked', async () => {
    const manager = new Manager();
    const asking = await smtpd((sender) => manager.ended({ sender: `<${sender}>` }));
    const found = await proofOf(manager, [
      `127.0.0.1:${asking} inet n - y - - smtpd`,
      // Not ones that should ask.
      `127.0.0.1:${await silent()} inet n - n - - smtpd -o receive_override_options=no_milters`,
      `127.0.0.1:${await silent()} inet n - n - - smtpd -o smtpd_milters=`,
      '127.0.0.1:1 inet n - n - - smtpd',
    ]);
    expect(found).toEqual({
      asked: [`127.0.0.1:${asking}`],
      unseen: ['127.0.0.1:1: it does not listen'],
    });
  });

  it('fails where one takes mail and does not ask', async () => {
    const port = await silent();
    await expect(proofOf(new Manager(), [`${port} inet n - n - - smtpd`])).rejects.toMatchObject({
      code: 'not-asked',
      message: `port ${port} takes mail and does not ask the manager (${port}/inet, /etc/postfix/master.cf:1)`,
    });
  });

  it('takes no session of others for its own', async () => {
    const manager = new Manager();
    // As often as we come another does, whose mail the manager keeps.
    const port = await smtpd(() => manager.ended({ sender: OTHERS }));
    await expect(proofOf(manager, [`${port} inet n - n - - smtpd`])).rejects.toMatchObject({
      code: 'not-asked',
    });
  });

  it('goes by the counters where the manager is told of no sender, and nobody else comes', async () => {
    const manager = new Manager();
    const port = await smtpd(() => manager.ended());
    expect(await proofOf(manager, [`${port} inet n - n - - smtpd`])).toEqual({
      asked: [String(port)],
      unseen: [],
    });
  });

  it.each(['', ', whoever else comes'])(
    'goes by its clients where nobody is asked about those of this host%s',
    async (others) => {
      const manager = new Manager();
      const port = await smtpd(() => {
        manager.ended({ client: 'localhost[127.0.0.1]' });
        if (others !== '') manager.ended({ sender: OTHERS });
      });
      const began = Date.now();
      const patience = { ...PATIENCE, asking: 20_000 };
      const service = `${port} inet n - n - - smtpd`;
      expect((await proofOf(manager, [service], OURS, patience)).asked).toEqual([String(port)]);
      expect(Date.now() - began).toBeLessThan(patience.asking);
    },
  );

  it('says that it cannot tell where others come, too', async () => {
    const manager = new Manager();
    const port = await smtpd(() => (manager.sessions += 2));
    expect(await proofOf(manager, [`${port} inet n - n - - smtpd`])).toEqual({
      asked: [],
      unseen: [`${port}: the manager does not say whose sessions it had`],
    });
  });

  it('undoes nothing for who may be asked about others only', async () => {
    const port = await silent();
    const maps = 'smtpd_milter_maps = inline:{127.0.0.1=DISABLE}\n';
    expect(
      await proofOf(new Manager(), [`${port} inet n - n - - smtpd`], `${OURS}${maps}`),
    ).toEqual({ asked: [], unseen: [`${port}: clients of this host are not filtered`] });
  });

  it('sees nothing where the manager tells nothing', async () => {
    const manager = new Manager();
    manager.listen = () => Promise.resolve(1);
    const found = await proofOf(manager, [`${await silent()} inet n - n - - smtpd`]);
    expect(found.asked).toEqual([]);
    expect(found.unseen[0]).toContain('the manager tells nothing: connect ECONNREFUSED');
  });
});

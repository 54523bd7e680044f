/** The SMTP client against a server that says what it is told to (RFC 5321 4.2: replies of several lines). */
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { SmtpSession } from '../../src/host/smtp-session.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** @param replies what it says at first, and to each line in turn; undefined closes */
async function server(...replies: readonly (string | undefined)[]): Promise<{
  readonly port: number;
  readonly heard: string[];
}> {
  const heard: string[] = [];
  const listening = createServer((socket) => {
    const rest = [...replies];
    const say = (): void => {
      const reply = rest.shift();
      if (reply === undefined) socket.destroy();
      else socket.write(reply);
    };
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard.push(chunk.toString('latin1'));
      if (chunk.toString('latin1').endsWith('\r\n')) say();
    });
    say();
  });
  servers.push(listening);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { port: (listening.address() as AddressInfo).port, heard };
}

it('reads greeting and replies, also of several lines', async () => {
  const { port, heard } = await server('220 host ESMTP\r\n', '250-host\r\n250-SIZE\r\n250 OK\r\n');
  const { session, greeting } = await SmtpSession.open('127.0.0.1', port, 2000);
  expect(greeting).toEqual({ code: 220, text: '220 host ESMTP' });
  expect(await session.say('EHLO me')).toEqual({ code: 250, text: '250-host\n250-SIZE\n250 OK' });
  expect(heard).toEqual(['EHLO me\r\n']);
  session.close();
});

it('ends a message with a dot of its own, and doubles the leading dots in it', async () => {
  const { port, heard } = await server('220 x\r\n', '550 5.7.1 Command rejected\r\n');
  const { session } = await SmtpSession.open('127.0.0.1', port, 2000);
  const reply = await session.send('Subject: x\n\n.hidden\n..\nend\n');
  expect(heard.join('')).toBe('Subject: x\r\n\r\n..hidden\r\n...\r\nend\r\n.\r\n');
  expect(reply).toEqual({ code: 550, text: '550 5.7.1 Command rejected' });
  session.close();
});

it('says so where the server goes away, or is silent', async () => {
  const gone = await server('220 x\r\n', undefined);
  const { session } = await SmtpSession.open('127.0.0.1', gone.port, 2000);
  await expect(session.say('EHLO me')).rejects.toThrow('closed the connection');
  const silent = await server('220 x\r\n', '');
  const other = await SmtpSession.open('127.0.0.1', silent.port, 200);
  await expect(other.session.say('EHLO me')).rejects.toThrow('no reply within 0.2 seconds');
  other.session.close();
  await expect(SmtpSession.open('127.0.0.1', 1, 2000)).rejects.toThrow('ECONNREFUSED');
});

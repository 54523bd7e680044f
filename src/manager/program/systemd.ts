/** Tells systemd how we are, where it asks to be told (Type=notify). */
import { spawn } from 'node:child_process';

/**
 * Node has no datagram UNIX sockets: systemd's own tool sends the message. The unit needs NotifyAccess=all for it.
 */
export function notifySystemd(...state: readonly string[]): void {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  const tool = spawn('systemd-notify', [`--pid=${process.pid}`, ...state], { stdio: 'ignore' });
  tool.on('error', () => undefined);
  tool.unref();
}

/** SELinux, which on the Red Hat family decides what Postfix may connect to. */
import { type HostReader, readText } from '../host/host.ts';

/**
 * Whether the host is to run with SELinux. Permissive counts: it may be enforcing tomorrow. From the file that decides
 * at boot, so that it holds for trees too.
 */
export function usesSelinux(host: HostReader): boolean {
  return /^SELINUX=(enforcing|permissive)\s*$/m.test(readText(host, '/etc/selinux/config') ?? '');
}

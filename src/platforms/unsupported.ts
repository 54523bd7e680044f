/** Systems that are near to one that we know and still cannot be set up: told before anything is planned. */
import type { HostReader } from '../host/host.ts';
import { PLATFORMS, type Release } from './platforms.ts';

/** Why milter-setup cannot set up the host; undefined where it can. From files alone, so it holds for trees too. */
export function whyUnsupported(host: HostReader, release: Release): string | undefined {
  const major = Number.parseInt(release.version, 10);
  if (release.platform === 'debian' && release.id !== 'debian' && release.id !== 'ubuntu') {
    return 'it does not say which release of Debian or Ubuntu its packages are those of';
  }
  if (release.platform === 'redhat' && release.id === 'amzn') {
    return 'its repositories have no milters, and EPEL is not made for it';
  }
  if (release.platform === 'redhat' && release.id !== 'fedora' && major < 8) {
    return 'it has yum and no dnf, and no Node.js that runs milter-setup';
  }
  const init = host.readLink('/sbin/init') ?? (host.stat('/sbin/init') && '/sbin/init');
  if (PLATFORMS[release.platform].init === 'systemd' && init && !init.includes('systemd')) {
    return `its services are not started by systemd (/sbin/init is ${init})`;
  }
  return undefined;
}

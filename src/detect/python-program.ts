/** Python programs, as packages install them: whether the module that they start imports another one. */
import { readText, type HostReader } from '../host/host.ts';

const LIBRARIES = ['/usr/lib', '/usr/local/lib'];

/** @param text of the program */
export function importsModule(host: HostReader, text: string, module: string): boolean {
  const imports = new RegExp(`^[ \\t]*(?:import|from)[ \\t]+${module}\\b`, 'm');
  const started = [...importedBy(text), ...entryPoint(host, text)];
  return (
    imports.test(text) ||
    started.some((name) => moduleTexts(host, name).some((each) => imports.test(each)))
  );
}

/** `from spf_engine.milter_spf import main`: what a generated program runs. */
function importedBy(text: string): readonly string[] {
  return [...text.matchAll(/^from[ \t]+([A-Za-z_][\w.]*)[ \t]+import[ \t]+main\b/gm)].map(
    ([, name]) => name!,
  );
}

/** `'dkimpy-milter==1.2.3','console_scripts','dkimpy-milter'`: the module stands in the entry points of the package. */
function entryPoint(host: HostReader, text: string): readonly string[] {
  const [, distribution, entry] =
    /'([\w.-]+==[\w.-]+)', ?'console_scripts', ?'([\w.-]+)'/.exec(text) ?? [];
  if (distribution === undefined || entry === undefined) return [];
  const [name = '', version = ''] = distribution.split('==');
  const stem = `${name.replaceAll('-', '_')}-${version}`.toLowerCase();
  return siteDirectories(host).flatMap((site) =>
    host
      .list(site)
      .filter((each) => each.toLowerCase().startsWith(stem) && each.endsWith('-info'))
      .flatMap((each) => readText(host, `${site}/${each}/entry_points.txt`)?.split('\n') ?? [])
      .flatMap((line) => {
        const [, key, module] = /^([\w.-]+) *= *([\w.]+):/.exec(line) ?? [];
        return key === entry ? [module!] : [];
      }),
  );
}

function moduleTexts(host: HostReader, module: string): readonly string[] {
  const place = module.replaceAll('.', '/');
  return siteDirectories(host).flatMap((site) =>
    [`${site}/${place}.py`, `${site}/${place}/__init__.py`].flatMap(
      (path) => readText(host, path) ?? [],
    ),
  );
}

/** `/usr/lib/python3/dist-packages` (Debian), `.../python3.11/site-packages` (everybody else). */
function siteDirectories(host: HostReader): readonly string[] {
  return LIBRARIES.flatMap((library) =>
    host
      .list(library)
      .filter((name) => /^python[\d.]*$/.test(name))
      .flatMap((name) => [`${library}/${name}/dist-packages`, `${library}/${name}/site-packages`]),
  );
}

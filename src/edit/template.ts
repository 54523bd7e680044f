/** Templates: `{{name}}` and nothing else, so that a template stays readable in the target file's own syntax. */

/** A template and its values do not fit: a mistake of ours, or in a directory given by `--templates`. */
class TemplateError extends Error {
  constructor(
    readonly template: string,
    readonly reason: string,
    /** 1-based; undefined where no line of the template is at fault. */
    readonly line?: number,
  ) {
    super(`${template}${line === undefined ? '' : `:${line}`}: ${reason}`);
  }
}

/**
 * Puts the values in for `{{name}}`. Values are not templates themselves, and hold no line ends, so that an answer
 * cannot add a setting of its own.
 * @param name the template's path, for the error
 * @throws TemplateError for an unknown name, an unused value, any other `{{` or `}}`, a value with a line end
 */
export function renderTemplate(
  text: string,
  values: Readonly<Record<string, string>>,
  name: string,
): string {
  const used = new Set<string>();
  const lines = text.split('\n').map((line, index) => {
    const rendered = line.replace(/\{\{([^{}]*)\}\}/g, (_, inner: string) => {
      if (!Object.hasOwn(values, inner)) {
        throw new TemplateError(name, `unknown name {{${inner}}}`, index + 1);
      }
      used.add(inner);
      const value = values[inner]!;
      if (/[\r\n\0]/.test(value)) {
        throw new TemplateError(name, `the value of {{${inner}}} holds a line end`, index + 1);
      }
      return value;
    });
    const rest = line.replace(/\{\{[^{}]*\}\}/g, '');
    if (/\{\{|\}\}/.test(rest)) throw new TemplateError(name, '"{{" or "}}" alone', index + 1);
    return rendered;
  });
  const unused = Object.keys(values).filter((key) => !used.has(key));
  if (unused.length > 0) throw new TemplateError(name, `unused: ${unused.join(', ')}`);
  return lines.join('\n');
}

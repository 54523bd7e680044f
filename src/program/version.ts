/** The package's version, put in by the bundler. */
declare const __VERSION__: string | undefined;

export const VERSION = typeof __VERSION__ === 'undefined' ? 'development' : __VERSION__;

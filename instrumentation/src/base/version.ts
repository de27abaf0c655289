/** The version of this package, as tracers report it. A test holds it equal to package.json. */
export const VERSION = '0.0.0';

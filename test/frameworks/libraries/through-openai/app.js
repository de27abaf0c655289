/** Loads this folder's packages by their names, as an app that stands here would. */
export const load = (specifier) => import(specifier);

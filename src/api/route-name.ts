// The name of a route in logs, counts and documentation: its pattern without the expressions of its parameters. Never the
// URL, which callers write.

/** `/:version(^v\d{1,3}$)/:id` → `/:version/:id` */
export const routeName = (pattern: string): string => pattern.replace(/\(\^[^/]*\$\)/g, '')

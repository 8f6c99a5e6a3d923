// Every route of an app, as Fastify registers it: also those that nobody remembers to list.

import { channel } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'

/** Runs `build` and answers what it made with the routes of its app, HEAD routes left out: those are GET routes too. */
export async function routesOf<T extends { app: FastifyInstance }>(
  build: () => Promise<T>,
): Promise<{ made: T; routes: RouteOptions[] }> {
  const apps = new Map<unknown, RouteOptions[]>()
  const listen = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    const routes: RouteOptions[] = []
    apps.set(fastify, routes)
    fastify.addHook('onRoute', (route) => {
      if (route.method !== 'HEAD') routes.push(route)
    })
  }
  const created = channel('fastify.initialization')
  created.subscribe(listen)
  try {
    const made = await build()
    return { made, routes: apps.get(made.app) ?? [] }
  } finally {
    created.unsubscribe(listen)
  }
}

/** A path that leads to a route: parameters filled with what fits them. */
export function pathOf(pattern: string): string {
  return pattern
    .replace(/:version\([^/]*\)/, 'v26.0')
    .replace(/:\w+\(\^\\d[^/]*\)/g, '106540352242922')
    .replace(/:\w+/g, '01935a4c-7d00-7000-8000-000000000001')
}

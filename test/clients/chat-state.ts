// The memory that a bot of the Chat SDK is given, as small as it can be: what it stores, in a map.

import type { StateAdapter } from 'chat'

export function memoryState(): StateAdapter {
  const values = new Map<string, unknown>()
  const lists = new Map<string, unknown[]>()
  const locks = new Set<string>()
  const subscribed = new Set<string>()
  return {
    connect: async () => {},
    disconnect: async () => {},
    get: async <T>(key: string) => (values.get(key) as T | undefined) ?? null,
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
    async setIfNotExists(key, value) {
      if (values.has(key)) return false
      values.set(key, value)
      return true
    },
    async appendToList(key, value, { maxLength = 1000 } = {}) {
      lists.set(key, [...(lists.get(key) ?? []), value].slice(-maxLength))
    },
    getList: async <T>(key: string) => (lists.get(key) ?? []) as T[],
    async acquireLock(threadId, ttlMs) {
      if (locks.has(threadId)) return null
      locks.add(threadId)
      return { threadId, token: threadId, expiresAt: Date.now() + ttlMs }
    },
    extendLock: async () => true,
    releaseLock: async ({ threadId }) => void locks.delete(threadId),
    forceReleaseLock: async (threadId) => void locks.delete(threadId),
    isSubscribed: async (threadId) => subscribed.has(threadId),
    subscribe: async (threadId) => void subscribed.add(threadId),
    unsubscribe: async (threadId) => void subscribed.delete(threadId),
    enqueue: async () => 0,
    dequeue: async () => null,
    queueDepth: async () => 0,
  }
}

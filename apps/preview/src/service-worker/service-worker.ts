// Keeps the page for when there is no network. What it is made of comes with the first load; what only the console needs
// when it is first asked for.

declare const self: ServiceWorkerGlobalScope;

/** Paths of the build's files, relative to this one, and a name for just these: the build writes both. */
declare const __KEPT__: { version: string; files: string[] };
const { version, files } = __KEPT__;

const PREFIX = 'bpfc-preview-';
const CACHE = PREFIX + version;

// A newer one waits until no page of this version is open: its files are kept for it until then.
self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      // Not what the browser has kept by itself: that may be of the version before.
      .then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: 'reload' })))),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

async function dropOthers(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  // What `?url=` names elsewhere is no part of the page.
  if (request.method === 'GET' && request.url.startsWith(self.registration.scope)) {
    event.respondWith(answer(event));
  }
});

/** Names of files have their content in them, but the page's own: that is asked for anew where there is a network. */
async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(CACHE);
  const options = { ignoreSearch: request.mode === 'navigate' };
  const kept = await cache.match(request, options);
  if (kept && request.mode !== 'navigate') return kept;
  try {
    const fetched = await fetch(request);
    // Where there is no room the page works as well.
    if (fetched.ok && isAsset(request.url))
      event.waitUntil(cache.put(request, fetched.clone()).catch(() => {}));
    return fetched;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** Whether it is a file of the build, rather than another one below the page. */
function isAsset(url: string): boolean {
  return url.startsWith(`${self.registration.scope}assets/`);
}

export {};

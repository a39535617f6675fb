import { describe, expect, it } from '@jest/globals';
import type { OpenableStore } from './abn-contract.js';

/** The part of the contract that speaks of the records of releases. */
export function itKeepsReleases(make: () => Promise<OpenableStore>): void {
  describe('for releases', () => {
    it('knows none at first, and gives back what was written, also to those who open it later', async () => {
      const { open } = await make();
      const store = await open();
      expect([await store.readRelease('shop'), await store.listReleases()]).toEqual([undefined, []]);
      const record = '{"a":"ü \\n €","b":[1]}';
      expect(await store.replaceRelease('shop', undefined, record)).toBe(true);
      expect(await store.replaceRelease('cart', undefined, '')).toBe(true);
      const later = await open();
      expect([await later.readRelease('shop'), await later.readRelease('cart')]).toEqual([record, '']);
      expect(await later.listReleases()).toEqual(['cart', 'shop']);
    });

    it('replaces a record only by one who knows it', async () => {
      const store = await (await make()).open();
      expect(await store.replaceRelease('shop', 'old', 'new')).toBe(false);
      expect(await store.replaceRelease('shop', undefined, 'one')).toBe(true);
      expect(await store.replaceRelease('shop', undefined, 'two')).toBe(false);
      expect(await store.replaceRelease('shop', 'on', 'two')).toBe(false);
      expect(await store.readRelease('shop')).toBe('one');
      expect(await store.replaceRelease('shop', 'one', 'two')).toBe(true);
      expect(await store.readRelease('shop')).toBe('two');
    });

    it('lets one of several win each time', async () => {
      const { open } = await make();
      const stores = await Promise.all([open(), open(), open()]);
      await stores[0].replaceRelease('shop', undefined, '0');
      await Promise.all(
        stores.map(async (store) => {
          for (let count = 0; count < 20;) {
            const before = await store.readRelease('shop');
            if (await store.replaceRelease('shop', before, String(Number(before) + 1))) count += 1;
          }
        }),
      );
      expect(await stores[0].readRelease('shop')).toBe('60');
    });

    it('refuses a name that is none', async () => {
      const store = await (await make()).open();
      await expect(store.replaceRelease('', undefined, 'a')).rejects.toMatchObject({ code: 'invalid_usage' });
    });
  });
}

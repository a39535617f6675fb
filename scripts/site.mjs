// npm run site: builds the documentation site. The program is in site/src; see its first line.
import { prepareCheckout } from './bootstrap.mjs';

prepareCheckout();
await import('../site/src/main.mjs');

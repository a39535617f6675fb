// Express 4 beside 5: an alias in package.json, which types do not know.
declare module 'express4' {
  export { default } from 'express';
}

// undici ships the build and no types for it.
declare module 'undici/lib/llhttp/llhttp-wasm.js' {
  const build: Uint8Array;
  export default build;
}

/** After the lane: stops what server-up.mjs has started. */
export default async function serverDown() {
  await globalThis.redmeterKubernetes?.stop();
}

export { compareBytes } from '@redmeter/metric-format';

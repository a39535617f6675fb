import { testNativeStack } from './native-stack.js';
import { testStockStack } from './stock-stack.js';

// In one file, so one after the other: the documents reach Redis by `docker ps -qf "name=redis"`, which has to find one container.
testStockStack();
testNativeStack();

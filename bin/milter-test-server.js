#!/usr/bin/env node
require('./node-version-gate.js');
require('../dist/milter-test-server.cjs');

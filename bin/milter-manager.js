#!/usr/bin/env node
require('./node-version-gate.js');
require('../dist/milter-manager.cjs');

"""Ocean Engine (巨量引擎): leads of ads on Douyin. See README.md in this folder."""

# node-gyp builds what ships: the addon and, beside it, the static runner and the native test.
# native/build/build.mjs drives it (`npm run build:native`); CMakeLists.txt builds the same sources.
{
  'variables': {
    'core_sources': [
      'native/confine.cc',
      'native/error.cc',
      'native/probe.cc',
      'native/program.cc',
      'native/replayer.cc',
      'native/ring.cc',
      'native/ring_ops.cc',
      'native/ring_queue.cc',
      'native/serial.cc',
      'native/session.cc',
      'native/syscalls.cc',
      'native/tracepoint.cc',
    ],
    'liburing_cflags': ['<!@(node native/build/liburing.mjs cflags)'],
    'liburing_libs': ['<!@(node native/build/liburing.mjs libs)'],
    'static_flag': ['<!@(node native/build/static.mjs)'],
  },
  'target_defaults': {
    'cflags!': ['-fno-omit-frame-pointer'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-exceptions', '-fno-rtti'],
    'cflags_cc': ['-std=c++17', '-fexceptions', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Wno-missing-field-initializers'],
    'cflags': ['-O2', '-g1', '-fvisibility=hidden', '<@(liburing_cflags)'],
    'defines': [
      '_GNU_SOURCE',
      'UR_LIBURING="<!(node native/build/liburing.mjs version) (<!(node native/build/liburing.mjs kind))"',
    ],
  },
  'targets': [
    {
      'target_name': 'uring_replay',
      'sources': ['native/addon.cc', '<@(core_sources)'],
      'include_dirs': ['native', '<!(node -p "require(\'node-addon-api\').include_dir")'],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_CPP_EXCEPTIONS', 'NODE_ADDON_API_DISABLE_DEPRECATED'],
      'cflags': ['-fPIC'],
      'ldflags': [
        '-Wl,--exclude-libs,ALL',
        '-Wl,--version-script=<(module_root_dir)/native/exports.map',
        '-Wl,--no-undefined-version',
      ],
      'libraries': ['<@(liburing_libs)'],
    },
    {
      'target_name': 'uring-runner',
      'type': 'executable',
      'sources': ['native/runner.cc', 'native/time_command.cc', '<@(core_sources)'],
      'include_dirs': ['native'],
      'ldflags!': ['-rdynamic'],
      'ldflags': ['<@(static_flag)'],
      'libraries': ['<@(liburing_libs)'],
    },
    {
      'target_name': 'uring-native-test',
      'type': 'executable',
      'sources': ['test/native/ring_test.cc', '<@(core_sources)'],
      'include_dirs': ['native'],
      'ldflags!': ['-rdynamic'],
      'libraries': ['<@(liburing_libs)'],
    },
    {
      # The first process of the guests of `uring-replay kernels`; it links none of the core.
      'target_name': 'uring-guest-init',
      'type': 'executable',
      'sources': [
        'native/guest/frame.cc',
        'native/guest/image.cc',
        'native/guest/init.cc',
        'native/guest/read.cc',
        'native/guest/run.cc',
        'native/guest/tree.cc',
      ],
      'ldflags!': ['-rdynamic'],
      'ldflags': ['<@(static_flag)'],
    },
  ],
}

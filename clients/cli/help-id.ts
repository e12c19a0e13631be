// Bahasa Indonesia: bantuan, dan apa yang salah pada baris perintah.
import { KENTONGAN } from './called.ts';
import type { HelpTexts } from './texts.ts';

export const HELP_ID: HelpTexts = {
  titles: {
    'Usage:': 'Pemakaian:',
    'Arguments:': 'Argumen:',
    'Options:': 'Opsi:',
    'Commands:': 'Perintah:',
  },
  program: KENTONGAN,
  overview: 'Obrolan untuk komputer-komputer di satu jaringan.',
  serverTitle: `Untuk pengelola server (bantuan: ${KENTONGAN} serve --help, …):`,
  overviewEnd: `Mulai:
  ${KENTONGAN} serve               di satu komputer; mencetak yang diketik di yang lain
  ${KENTONGAN} chat                di komputer yang sama
  ${KENTONGAN} chat 192.168.1.5    di komputer lain
`,
  commands: {
    chat: 'mengobrol di terminal ini',
    send: 'mengirim sesuatu lalu selesai, untuk skrip',
    tail: 'ikut membaca, untuk skrip dan layar',
    trust: 'menyatakan sertifikat sebuah server; menampilkan atau melupakan yang dikenal',
    identity: 'membuat, menampilkan, membawa ke perangkat lain, atau menghapus kunci Anda',
    serve: 'menjalankan server di komputer ini',
    status: 'menampilkan keadaan server di komputer ini',
    announce: 'memberi tahu sebuah ruang sesuatu, sebagai pengelola server',
    log: 'memeriksa, mengekspor, mencadangkan, mengembalikan log; menghapus pesan',
    invite: 'mencetak tautan untuk masuk, aman sejak pertama kali',
    names: 'menampilkan nama yang terikat pada kunci, atau melepaskannya',
    help: 'menampilkan ini, atau bantuan sebuah perintah',
  },
  chat: `Mengobrol di sebuah ruang. Yang tidak disebut akan ditanyakan atau ditebak: server adalah komputer ini, ruangnya lobby, nama ditanyakan. Di dalam, /help menampilkan apa yang bisa dilakukan. Tanpa terminal, baris dibaca dari masukan standar dan ditulis ke keluaran standar.`,
  chatEnd: `Contoh:
  ${KENTONGAN} chat                      lobby di komputer ini
  ${KENTONGAN} chat alice@192.168.1.5    sebagai alice, lobby di komputer lain
  ${KENTONGAN} chat alice@192.168.1.5/fisika
  ${KENTONGAN} chat '[fe80::1%eth0]:7660/fisika'
  ${KENTONGAN} chat 'kentongan://192.168.1.5:7660/lobby?code=…#…'    tautan undangan, dalam tanda kutip
  ${KENTONGAN} chat kentongan+plain://192.168.1.5/lobby    tanpa enkripsi, kalau server mengizinkan

Nama Anda milik Anda di komputer ini: sebuah rahasia dan posisi Anda di setiap ruang disimpan di $KENTONGAN_STATE, kalau tidak ada $XDG_STATE_HOME/kentongan, kalau tidak ada ~/.local/state/kentongan (Windows: %LOCALAPPDATA%\\kentongan), sehingga Anda kembali sebagai diri sendiri. Dengan kunci (${KENTONGAN} identity create) nama itu juga milik Anda di server, dan tidak diberikan kepada orang lain.

Semuanya terenkripsi, kecuali Anda menulis kentongan+plain://. Sertifikat server disimpan ketika pertama kali ditemui; kalau berubah, kentongan berhenti dan menampilkan keduanya (${KENTONGAN} trust --help).
Di belakang nama di dalam ruang: ! masuk tanpa enkripsi.
`,
  send: `Mengirim teks; tanpa teks, setiap baris masukan standar menjadi satu pesan (baris kosong dilewati). Selesai setelah server menyimpan semuanya, sesuai urutan. Kalau sambungan terputus, sambungan dibuat lagi dan tidak ada yang terkirim dua kali.`,
  sendEnd: `Contoh:
  ${KENTONGAN} send halo dunia
  ${KENTONGAN} send --to alice@192.168.1.5/fisika "pelajaran dimulai"
  make 2>&1 | ${KENTONGAN} send --room builds
  ${KENTONGAN} send --whole < puisi.txt
  ${KENTONGAN} send --id "$ID" selesai   ulangi dengan ID yang sama: hanya terkirim sekali

Teks yang diawali tanda hubung ditulis setelah --, misalnya: ${KENTONGAN} send -- -5 derajat Baris yang lebih panjang daripada satu pesan, atau bukan UTF-8, mengakhiri perintah dengan nomornya:
semua sebelumnya tersimpan, tidak ada yang dikirim mulai dari baris itu.
`,
  tail: `Menulis apa yang dibicarakan di sebuah ruang ke keluaran standar, mulai dari baris-baris terakhir. Anda tidak terdaftar dan tidak perlu nama, tetapi orang lain tahu ada yang menyimak.`,
  tailEnd: `Contoh:
  ${KENTONGAN} tail                      10 baris terakhir di lobby, dan yang menyusul
  ${KENTONGAN} tail --last 100 --no-follow 192.168.1.5/fisika
  ${KENTONGAN} tail --json --after 0 | jq -r 'select(.type=="chat").text'

Dengan --json ada satu objek per baris, UTF-8. Isian, menurut urutan ini:
  type      join, leave, chat, notice, removal, removed, unknown: entri sebuah ruang;
            gap: entri sebelum "next" sudah tidak ada;
            reset: ruang dimulai baru, simpanan Anda darinya tidak berlaku
  room      namanya
  log       32 digit heksadesimal; sebuah "seq" hanya bermakna bersama ini
  seq       nomor entri, mulai dari 1, tanpa lubang
  time      kapan server menyimpannya, ISO 8601, UTC, misalnya 2026-11-22T12:03:11.245Z
  id        32 digit heksadesimal, unik di dalam ruang
  author    {"name", "user", "mark", "plain"}: user adalah 16 digit heksadesimal;
            mark adalah guest, bound, service, server atau unknown;
            plain berarti kata-katanya melewati jaringan tanpa enkripsi
  text      chat: apa yang dikatakan. leave: kata-kata orang yang mengeluarkan, kalau ada
  replyTo   chat: seq yang dijawab, kalau ada
  reason    leave: left, lost, kicked, banned, ended atau unknown
  by        leave: siapa yang mengeluarkan, seperti author, kalau ada
  code      notice: announcement atau unknown
  args      notice: daftar teks; pada pengumuman hanya teksnya
  of        removal: seq entri yang dihapus; removed berada di tempatnya
  next      gap: seq entri berikutnya
Jenis dan isian baru bisa ditambahkan; lewati yang tidak Anda kenal.
`,
  trust: `Menyatakan bahwa mulai sekarang server memakai sertifikat ini. Lakukan kalau kentongan berhenti karena sertifikatnya berubah, dan sidik jarinya sama dengan yang ada di layar server.`,
  trustEnd: `Contoh:
  ${KENTONGAN} trust 192.168.1.5 2f8a…    64 digit, seperti di layar server; titik dua boleh
  ${KENTONGAN} trust --list               server yang pernah ditemui, dengan sidik jarinya
  ${KENTONGAN} trust --forget 192.168.1.5:7660
`,
  identity: `Kunci membuat sebuah nama menjadi milik Anda: server pertama yang Anda masuki dengannya mengikat nama itu padanya, dan tidak memberikannya kepada orang lain. Beberapa perangkat boleh memegang kunci yang sama, dan berada di satu ruang sekaligus. ${KENTONGAN} chat dan send memakai kunci nama Anda dengan sendirinya, tail memakai kunci NAMA@HOST; hanya pada sambungan terenkripsi.`,
  identityEnd: `Contoh:
  ${KENTONGAN} identity create --name alice
  ${KENTONGAN} identity export alice.key    di perangkat lain: ${KENTONGAN} identity import alice.key
  ${KENTONGAN} identity show                kunci apa saja yang ada

Tanda - sebagai BERKAS adalah keluaran atau masukan standar. Berkas itu adalah kuncinya:
simpan salinan di tempat yang aman.
`,
  identityCommands: {
    create: 'membuat kunci untuk sebuah nama',
    show: 'menampilkan kunci yang ada, tanpa rahasianya',
    export: 'menulis kunci ke berkas, untuk perangkat lain atau untuk disimpan',
    import: 'mengambil kunci dari berkas seperti itu',
    delete: 'menghapus kunci dari perangkat ini',
  },
  target: 'tempatnya: [nama@][host[:port]][/ruang], atau tautan kentongan://…',
  server: 'servernya: HOST atau HOST:PORT',
  fingerprint: 'sidik jarinya, dari layar server: 64 digit',
  file: 'berkasnya; - adalah keluaran atau masukan standar',
  text: 'yang dikatakan; tanpa ini masukan standar dibaca',
  options: {
    help: 'menampilkan bantuan ini',
    version: 'menampilkan versi',
    lang: 'bahasa: en atau id (bawaan: dari KENTONGAN_LANG, LC_ALL, LC_MESSAGES atau LANG)',
    to: 'tujuan: [nama@][host[:port]][/ruang], atau tautan kentongan://…',
    room: 'ruangnya; @nama: pribadi kepada orang itu (bawaan: lobby)',
    name: 'siapa yang mengatakan (bawaan: nama kunci Anda satu-satunya, kalau tidak ada nama login)',
    whole: 'seluruh masukan standar adalah satu pesan',
    id: '32 digit heksadesimal atau UUID: ulangan dengan id dan teks yang sama hanya terkirim sekali',
    json: 'satu objek JSON per baris, lihat di bawah',
    after: 'mulai setelah entri dengan nomor ini; 0: dari paling awal',
    last: 'mulai dengan sekian entri lama (bawaan: 10)',
    follow: 'lanjutkan dengan yang menyusul (bawaan)',
    noFollow: 'selesai setelah menulis yang ada sekarang',
    guest: 'masuk sebagai tamu, meskipun ada kunci untuk nama itu',
    code: 'kata sandi server atau kode undangan (juga KENTONGAN_CODE); disimpan setelah berhasil',
    list: 'menampilkan server yang dikenal',
    forget: 'melupakan sebuah server: lain kali itu server baru',
    identityName: 'kunci milik siapa (bawaan: satu-satunya yang ada)',
    forceFile: 'mengganti berkasnya',
    forceKey: 'mengganti kunci lain dengan nama itu',
    forceDelete: 'salinannya ada, atau nama itu dilepaskan',
  },
  exitCodes: `Kode keluar: 0 semua baik, 1 gagal atau ditolak, 2 baris perintah salah,
3 server tidak terjangkau, 4 bukan server yang dimaksud,
130 dihentikan dengan Ctrl-C.
`,
  more: (command) => `Bantuan: ${KENTONGAN} ${command}--help`,
  unknownCommand: (command) => `Perintah ${command} tidak ada.`,
  didYouMean: (what) => `Maksud Anda ${what}?`,
  unknownOption: (option) => `Opsi ${option} tidak ada.`,
  missingValue: (option) => `Nilainya belum ada: ${option}`,
  tooManyArguments: 'Argumen terlalu banyak.',
  badNumber: (option, value) => `${option} memerlukan bilangan bulat mulai dari 0, bukan ${value}.`,
  badId: (value) => `--id memerlukan 32 digit heksadesimal atau UUID, bukan ${value}.`,
  badLanguage: (value) => `Bahasa ${value} tidak ada. Yang ada: en dan id.`,
  idNeedsOneMessage: '--id hanya untuk satu pesan: beri teksnya, atau --whole.',
  wholeNeedsInput: '--whole membaca masukan standar: jangan beri teks.',
  afterOrLast: 'Beri --after atau --last, jangan keduanya.',
  privateTail: `Ruang pribadi tidak bisa disimak dengan tail, hanya dengan ${KENTONGAN} chat.`,
};
